package io.norma.observability;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.type.filter.AnnotationTypeFilter;

/** The README's settings are those that the program reads, with their defaults. */
final class ReadmeSettingsTest {
  @Test
  void namesEverySettingWithItsDefault() throws Exception {
    Map<String, String> told = new TreeMap<>(ReadmeTables.secondColumn("Settings"));
    told.keySet().removeIf(name -> !name.startsWith("norma."));

    assertThat(told).isEqualTo(settings());
  }

  private static Map<String, String> settings() throws ClassNotFoundException {
    Map<String, String> settings = new TreeMap<>();
    ClassPathScanningCandidateComponentProvider scanner =
        new ClassPathScanningCandidateComponentProvider(false);
    scanner.addIncludeFilter(new AnnotationTypeFilter(ConfigurationProperties.class));
    for (var candidate : scanner.findCandidateComponents("io.norma")) {
      Class<?> type = Class.forName(candidate.getBeanClassName());
      add(type.getAnnotation(ConfigurationProperties.class).value(), type, settings);
    }
    assertThat(settings).containsKey("norma.drift.sample-rate");
    return settings;
  }

  private static void add(String prefix, Class<?> type, Map<String, String> settings) {
    assertThat(type.isRecord()).as("%s is a record", type).isTrue();
    Class<?>[] types = new Class<?>[type.getRecordComponents().length];
    for (int i = 0; i < types.length; i++) {
      types[i] = type.getRecordComponents()[i].getType();
    }
    for (int i = 0; i < types.length; i++) {
      RecordComponent component = type.getRecordComponents()[i];
      String name =
          prefix + "." + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
      if (types[i].isRecord()) {
        add(name, types[i], settings);
      } else {
        settings.put(name, defaultOf(type, types, i));
      }
    }
  }

  private static String defaultOf(Class<?> type, Class<?>[] types, int index) {
    try {
      for (var annotation : type.getDeclaredConstructor(types).getParameterAnnotations()[index]) {
        if (annotation instanceof DefaultValue value) {
          return String.join(",", value.value());
        }
      }
      return "none";
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }
}
