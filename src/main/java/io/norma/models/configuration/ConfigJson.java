package io.norma.models.configuration;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.norma.models.configuration.proto.Triton;
import io.norma.serving.ModelConfig;
import io.norma.serving.ServingException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads Triton's model configuration as JSON, as a request to load brings it: names in snake case
 * or in camel case, enumerations by their names, whole numbers of 64 bits as numbers or as strings.
 */
public final class ConfigJson {
  private static final JsonMapper JSON = JsonMapper.shared();

  private static final int LONGEST_SHOWN = 80;

  private ConfigJson() {}

  /**
   * Reads the configuration of a model.
   *
   * @param source what to call it in messages
   * @throws ServingException.Invalid if it is none
   */
  public static ModelConfig read(String model, String json, String source) {
    JsonNode tree;
    try {
      tree = JSON.readTree(json);
    } catch (JacksonException e) {
      throw new ServingException.Invalid(
          "%s must be a model configuration as JSON in a string: %s"
              .formatted(source, e.getOriginalMessage()),
          e);
    }
    Triton.ModelConfig.Builder message = Triton.ModelConfig.newBuilder();
    merge(message, tree, source);
    return ConfigMessage.read(message.build(), model, source);
  }

  private static void merge(Message.Builder message, JsonNode object, String path) {
    require(object.isObject(), path, "an object", object);
    for (Map.Entry<String, JsonNode> property : object.properties()) {
      String name = path + "." + property.getKey();
      FieldDescriptor field = field(message, property.getKey());
      if (field == null) {
        throw new ServingException.Invalid(
            "%s is nothing that Triton's model configuration (model_config.proto) has"
                .formatted(name));
      }
      JsonNode value = property.getValue();
      if (value.isNull()) {
        continue;
      }
      if (field.isMapField()) {
        require(value.isObject(), name, "an object", value);
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
          message.addRepeatedField(field, entry(message, field, entry, name));
        }
      } else if (field.isRepeated()) {
        require(value.isArray(), name, "a list", value);
        int i = 0;
        for (JsonNode element : value) {
          message.addRepeatedField(field, value(message, field, element, name + "[" + i++ + "]"));
        }
      } else {
        message.setField(field, value(message, field, value, name));
      }
    }
  }

  private static @Nullable FieldDescriptor field(Message.Builder message, String name) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.getName().equals(name) || field.getJsonName().equals(name)) {
        return field;
      }
    }
    return null;
  }

  private static Message entry(
      Message.Builder parent, FieldDescriptor map, Map.Entry<String, JsonNode> entry, String path) {
    Message.Builder pair = parent.newBuilderForField(map);
    FieldDescriptor key = map.getMessageType().findFieldByName("key");
    FieldDescriptor value = map.getMessageType().findFieldByName("value");
    String name = path + "." + entry.getKey();
    JsonNode text = JSON.getNodeFactory().stringNode(entry.getKey());
    pair.setField(key, value(pair, key, text, name));
    pair.setField(value, value(pair, value, entry.getValue(), name));
    return pair.build();
  }

  private static Object value(
      Message.Builder parent, FieldDescriptor field, JsonNode json, String path) {
    return switch (field.getJavaType()) {
      case MESSAGE -> {
        Message.Builder inner = parent.newBuilderForField(field);
        merge(inner, json, path);
        yield inner.build();
      }
      case ENUM -> enumerated(field, json, path);
      case STRING -> {
        require(json.isString(), path, "a string", json);
        yield json.stringValue();
      }
      case BOOLEAN -> {
        require(json.isBoolean(), path, "true or false", json);
        yield json.booleanValue();
      }
      case INT -> {
        long number = whole(json, path);
        require(number == (int) number, path, "a whole number of 32 bits", json);
        yield (int) number;
      }
      case LONG -> whole(json, path);
      case FLOAT -> (float) number(json, path);
      case DOUBLE -> number(json, path);
      case BYTE_STRING ->
          throw new IllegalStateException("no field of the configuration has bytes: " + path);
    };
  }

  private static EnumValueDescriptor enumerated(FieldDescriptor field, JsonNode json, String path) {
    List<EnumValueDescriptor> values = field.getEnumType().getValues();
    for (EnumValueDescriptor value : values) {
      if (json.isString() && value.getName().equals(json.stringValue())) {
        return value;
      }
    }
    throw invalid(
        path, "one of " + values.stream().map(EnumValueDescriptor::getName).toList(), json);
  }

  private static long whole(JsonNode json, String path) {
    if (json.isIntegralNumber() && json.canConvertToLong()) {
      return json.longValue();
    }
    try {
      require(json.isString(), path, "a whole number", json);
      return Long.parseLong(json.stringValue());
    } catch (NumberFormatException e) {
      throw new ServingException.Invalid(
          "%s must be a whole number, but is %s".formatted(path, json), e);
    }
  }

  private static double number(JsonNode json, String path) {
    require(json.isNumber(), path, "a number", json);
    return json.doubleValue();
  }

  private static void require(boolean holds, String path, String expected, JsonNode came) {
    if (!holds) {
      throw invalid(path, expected, came);
    }
  }

  private static ServingException invalid(String path, String expected, JsonNode came) {
    String text = came.toString();
    return new ServingException.Invalid(
        "%s must be %s, but is %s"
            .formatted(
                path,
                expected,
                text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text));
  }
}
