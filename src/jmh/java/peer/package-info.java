/**
 * What a Java team writes to serve a network, to be measured against. It stands outside {@code
 * io.norma}, where the service's component scan would find it.
 */
@org.jspecify.annotations.NullMarked
package peer;
