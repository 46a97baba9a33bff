package io.norma.onnx;

import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.Unsupported;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.FunctionProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts a function's nodes in place of each call of a function that the model defines itself (ONNX,
 * "Model Local Functions"). A function of another operator set than the model's, or with subgraphs,
 * stays a call, and is then refused by its name.
 */
final class Functions {
  private static final int DEEPEST_CALL = 32;

  private final Map<String, FunctionProto> functions = new HashMap<>();
  private final List<NodeProto> nodes = new ArrayList<>();
  private final UnfoldedNodes unfolded;

  private Functions(ModelProto model, int operatorSet, UnfoldedNodes unfolded) {
    this.unfolded = unfolded;
    for (FunctionProto function : model.getFunctionsList()) {
      if (canInline(function, operatorSet)) {
        functions.put(
            key(function.getDomain(), function.getName(), function.getOverload()), function);
      }
    }
  }

  /**
   * The model's graph without calls.
   *
   * @param unfolded counts the nodes that come in
   */
  static GraphProto inline(ModelProto model, int operatorSet, UnfoldedNodes unfolded) {
    Functions functions = new Functions(model, operatorSet, unfolded);
    if (functions.functions.isEmpty()) {
      return model.getGraph();
    }
    model.getGraph().getNodeList().forEach(node -> functions.add(node, 0));
    return model.getGraph().toBuilder().clearNode().addAllNode(functions.nodes).build();
  }

  private static boolean canInline(FunctionProto function, int operatorSet) {
    return function.getOpsetImportList().stream()
            .filter(imported -> Unsupported.isDefaultDomain(imported.getDomain()))
            .allMatch(imported -> imported.getVersion() == operatorSet)
        && function.getNodeList().stream()
            .flatMap(node -> node.getAttributeList().stream())
            .noneMatch(attribute -> attribute.hasG() || attribute.getGraphsCount() > 0);
  }

  private static String key(String domain, String name, String overload) {
    return domain + "/" + name + "/" + overload;
  }

  private void add(NodeProto node, int depth) {
    FunctionProto function =
        functions.get(key(node.getDomain(), node.getOpType(), node.getOverload()));
    if (function != null) {
      if (depth > DEEPEST_CALL) {
        throw new MalformedOnnxException(
            "function '%s' calls itself, or calls are more than %d deep"
                .formatted(function.getName(), DEEPEST_CALL));
      }
      call(node, function, depth);
      return;
    }
    nodes.add(node);
    if (depth > 0) {
      unfolded.add(node);
    }
  }

  private void call(NodeProto call, FunctionProto function, int depth) {
    String prefix = (call.getName().isEmpty() ? function.getName() : call.getName()) + "/";
    String values = prefix + unfolded.addCall() + "/";
    Map<String, String> renamed = new HashMap<>();
    renamed.put("", "");
    for (int i = 0; i < function.getInputCount(); i++) {
      renamed.put(function.getInput(i), i < call.getInputCount() ? call.getInput(i) : "");
    }
    for (int i = 0; i < call.getOutputCount() && i < function.getOutputCount(); i++) {
      if (call.getOutput(i).isEmpty()) {
        continue;
      }
      if (renamed.put(function.getOutput(i), call.getOutput(i)) != null) {
        throw new MalformedOnnxException(
            "function '%s' gives out its input '%s' or one output twice; export without functions"
                .formatted(function.getName(), function.getOutput(i)));
      }
    }
    Map<String, AttributeProto> given = attributes(call, function);
    for (NodeProto node : function.getNodeList()) {
      NodeProto.Builder copy = node.toBuilder().clearInput().clearOutput().clearAttribute();
      copy.setName(node.getName().isEmpty() ? "" : prefix + node.getName());
      node.getInputList().forEach(v -> copy.addInput(renamed.computeIfAbsent(v, n -> values + n)));
      node.getOutputList()
          .forEach(v -> copy.addOutput(renamed.computeIfAbsent(v, n -> values + n)));
      for (AttributeProto attribute : node.getAttributeList()) {
        AttributeProto resolved = resolve(attribute, given);
        if (resolved != null) {
          copy.addAttribute(resolved);
        }
      }
      add(copy.build(), depth + 1);
    }
  }

  private static Map<String, AttributeProto> attributes(NodeProto call, FunctionProto function) {
    Map<String, AttributeProto> attributes = new HashMap<>();
    function.getAttributeProtoList().forEach(a -> attributes.put(a.getName(), a));
    call.getAttributeList().forEach(a -> attributes.put(a.getName(), a));
    return attributes;
  }

  /** An attribute of a function's node may stand for one of the call's, or for none. */
  private static @Nullable AttributeProto resolve(
      AttributeProto attribute, Map<String, AttributeProto> given) {
    if (attribute.getRefAttrName().isEmpty()) {
      return attribute;
    }
    AttributeProto value = given.get(attribute.getRefAttrName());
    return value == null ? null : value.toBuilder().setName(attribute.getName()).build();
  }
}
