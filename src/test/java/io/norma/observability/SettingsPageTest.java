package io.norma.observability;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.annotation.Annotation;
import java.lang.reflect.RecordComponent;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.type.filter.AnnotationTypeFilter;

/**
 * The settings in {@code docs/settings.md} are those that the program reads, with their defaults.
 */
final class SettingsPageTest {
  @Test
  void namesEverySettingWithItsDefault() throws Exception {
    Map<String, String> told = new TreeMap<>(PageTable.secondColumn("settings.md"));
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
      Name given = annotation(type, types, i, Name.class);
      String word = given == null ? component.getName() : given.value();
      String name = prefix + "." + word.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
      if (types[i].isRecord()) {
        add(name, types[i], settings);
      } else {
        settings.put(name, defaultOf(type, types, i));
      }
    }
  }

  private static String defaultOf(Class<?> type, Class<?>[] types, int index) {
    DefaultValue value = annotation(type, types, index, DefaultValue.class);
    return value == null || value.value().length == 0 ? "none" : String.join(",", value.value());
  }

  /** What a parameter of the record's constructor is annotated with, or {@code null}. */
  private static <A extends Annotation> @Nullable A annotation(
      Class<?> type, Class<?>[] types, int index, Class<A> wanted) {
    try {
      for (Annotation annotation :
          type.getDeclaredConstructor(types).getParameterAnnotations()[index]) {
        if (wanted.isInstance(annotation)) {
          return wanted.cast(annotation);
        }
      }
      return null;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }
}
