package io.norma.serving;

import org.jspecify.annotations.Nullable;

/**
 * Who makes a change, and from where. It is bound to the work that is done for a request, so that
 * what is changed deep below tells of it without being told at each step.
 *
 * @param principal name of the caller, or of the part of the service that does it by itself
 * @param address where the request came from; {@code null} where there was none
 * @param traceId of the request, 32 hexadecimal digits; {@code null} where it has none
 */
public record Actor(String principal, @Nullable String address, @Nullable String traceId) {
  /** As much as the database keeps of a name. */
  private static final int LONGEST_PRINCIPAL = 256;

  /** As much as the database keeps of an address; a proxy may send words for it. */
  private static final int LONGEST_ADDRESS = 128;

  /** What the service does of itself where nobody says which part of it does. */
  private static final Actor SERVICE = service("service");

  private static final ScopedValue<Actor> CURRENT = ScopedValue.newInstance();

  public Actor {
    principal = shortened(principal, LONGEST_PRINCIPAL);
    address = address == null ? null : shortened(address, LONGEST_ADDRESS);
  }

  private static String shortened(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest);
  }

  /** A part of the service, for what nobody asked for. */
  public static Actor service(String part) {
    return new Actor(part, null, null);
  }

  /** Who makes the changes that this thread makes now. */
  public static Actor current() {
    return CURRENT.orElse(SERVICE);
  }

  /** Does something of which this actor is the author. */
  public <T extends @Nullable Object, X extends Throwable> T during(
      ScopedValue.CallableOp<? extends T, X> work) throws X {
    return ScopedValue.where(CURRENT, this).call(work);
  }
}
