package io.norma.models;

import io.norma.models.ModelFile.Origin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/** The models on the class path, in Triton's layout under {@code models}. */
public final class BundledModels implements ModelSource {
  private static final Pattern LOCATION =
      Pattern.compile(".*/models/([^/]+)/([0-9]+)/model\\.onnx");

  @Override
  public List<ModelFile> find() {
    List<ModelFile> files = new ArrayList<>();
    try {
      PathMatchingResourcePatternResolver resolver = new PathMatchingResourcePatternResolver();
      for (Resource resource : resolver.getResources("classpath*:models/*/*/model.onnx")) {
        Matcher location = LOCATION.matcher(resource.getURL().getPath());
        if (location.matches()) {
          files.add(
              new ModelFile(
                  location.group(1),
                  Long.parseLong(location.group(2)),
                  Origin.BUNDLED,
                  resource.contentLength(),
                  resource::getInputStream,
                  ModelFile.Beside.NOTHING));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }
}
