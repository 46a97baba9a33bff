package peer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.servlet.autoconfigure.HttpEncodingAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Import;

/**
 * What a Java team writes to serve a network over HTTP: Spring Boot's web server, Jackson, ONNX
 * Runtime, one controller. It has no metrics, limits, database or checks, so all that Norma does
 * besides is at Norma's cost.
 *
 * <p>Arguments: {@code --server.port=PORT --peer.model=FILE --peer.threads=THREADS} (of one
 * inference).
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration({
  TomcatServletWebServerAutoConfiguration.class,
  DispatcherServletAutoConfiguration.class,
  WebMvcAutoConfiguration.class,
  HttpEncodingAutoConfiguration.class,
  HttpMessageConvertersAutoConfiguration.class,
  JacksonAutoConfiguration.class
})
@Import(PeerController.class)
public class PeerApplication {
  public static void main(String[] arguments) {
    SpringApplication application = new SpringApplication(PeerApplication.class);
    // Norma's application.yaml is on the class path too.
    application.setDefaultProperties(
        java.util.Map.of("spring.config.name", "peer", "spring.main.banner-mode", "off"));
    application.run(arguments);
  }
}
