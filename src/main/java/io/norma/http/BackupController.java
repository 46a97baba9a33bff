package io.norma.http;

import io.norma.store.Backups;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Hands out a copy of all that is kept. */
@RestController
final class BackupController {
  private static final String TYPE = "application/zip";

  private final Backups backups;

  BackupController(Backups backups) {
    this.backups = backups;
  }

  // Some generated clients accept of all that there may be what is JSON alone, the errors.
  @PostMapping(
      value = "/v1/backup",
      produces = {TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE})
  void backup(HttpServletResponse response) throws IOException {
    Path backup = backups.make();
    try {
      response.setContentType(TYPE);
      response.setContentLengthLong(Files.size(backup));
      response.setHeader("Content-Disposition", "attachment; filename=\"norma-backup.zip\"");
      response.setHeader("Cache-Control", "no-store");
      long _ = Files.copy(backup, response.getOutputStream());
    } finally {
      Files.deleteIfExists(backup);
    }
  }
}
