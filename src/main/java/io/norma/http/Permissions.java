package io.norma.http;

import jakarta.servlet.http.HttpServletRequest;

/**
 * What who asks may see and do, where it does not hang on the route alone. Nobody is kept from
 * anything where nobody is asked who they are.
 */
public interface Permissions {
  Permissions ALL =
      new Permissions() {
        @Override
        public boolean maySee(String model) {
          return true;
        }

        @Override
        public void requireActivation() {}
      };

  /** Whether a list may name a model. */
  boolean maySee(String model);

  /**
   * Refuses what also activates running statistics to who may not activate.
   *
   * @throws org.springframework.web.ErrorResponseException with status 403
   */
  void requireActivation();

  static Permissions of(HttpServletRequest request) {
    return request.getAttribute(Permissions.class.getName()) instanceof Permissions own ? own : ALL;
  }

  /** Has them hold for a request. */
  static void set(HttpServletRequest request, Permissions permissions) {
    request.setAttribute(Permissions.class.getName(), permissions);
  }
}
