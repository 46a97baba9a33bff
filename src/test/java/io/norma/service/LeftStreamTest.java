package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A client that leaves a stream of events before its end, as clients do. */
@ExtendWith(OutputCaptureExtension.class)
final class LeftStreamTest extends ServiceTest {
  private static final int STREAMS = 3;

  @Test
  void isNoErrorInTheLog(CapturedOutput output) throws Exception {
    StatisticsClient writer = new StatisticsClient(port()).awaitReady();
    String calibration =
        writer.post("/v1/models/digits/calibrations", "{\"set\": \"left\"}").header("Location");
    for (int k = 0; k < STREAMS; k++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
        socket.setSoTimeout(60_000);
        String request = "GET " + calibration + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        BufferedReader answer =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        String line = answer.readLine();
        assertThat(line).contains("200");
        while (!line.startsWith("data:")) {
          line = answer.readLine();
        }
        // Closed so that what is sent from now on is refused.
        socket.setSoLinger(true, 0);
      }
      for (int batch = 0; batch < 2; batch++) {
        assertThat(
                writer
                    .post(calibration + "/batches", Digits.request("shifted/calibration.json"))
                    .status())
            .isEqualTo(200);
      }
    }
    assertThat(writer.delete(calibration).status()).isEqualTo(204);
    assertThat(output.getAll()).doesNotContain(" ERROR ");
  }
}
