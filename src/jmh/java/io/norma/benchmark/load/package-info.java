/**
 * The service under load beside a plain Spring Boot application around ONNX Runtime, each in a
 * process of its own.
 */
@org.jspecify.annotations.NullMarked
package io.norma.benchmark.load;
