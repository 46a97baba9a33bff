package io.norma.onnx;

import io.norma.kernel.layer.Identity;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Conditional;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.onnx.ImportWarning.Code;
import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.Producers;
import io.norma.onnx.file.Unsupported;
import io.norma.onnx.file.UnsupportedOnnxException;
import io.norma.onnx.file.UnsupportedPart;
import io.norma.onnx.operators.Attributes;
import io.norma.onnx.operators.OnnxOperators;
import io.norma.onnx.operators.Operator;
import io.norma.onnx.operators.Resamplings;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * One import: walks the nodes that the outputs depend on, in the file's order. Each becomes a
 * constant, a batch normalization bound late, an ordinary layer, or an entry in the list of what is
 * not supported.
 */
final class GraphImport {
  private final ModelProto model;
  private final GraphProto graph;
  private final String name;
  private final int operatorSet;
  private final Unsupported unsupported;
  private final Values values;
  private final LiveNodes live;
  private final Set<String> usedValues = new HashSet<>();
  private final LayerNames layerNames = new LayerNames();
  private final Warnings warnings;
  private final BatchNormalizations batchNormalizations;
  private final ShapeValues shapeValues;
  private final List<Node> nodes = new ArrayList<>();
  private final List<ValueInfoProto> inputs = new ArrayList<>();
  private final ConstantFolding folding;
  private final ValueFacts facts;
  private final ConstantOrigins origins;
  private final ExpandedScalars expanded;

  /**
   * @param memory for the constants that are computed and the nodes that functions unfold to
   */
  static ImportResult read(ModelProto model, String name, MemoryBudget memory) {
    ConstantFolding folding = new ConstantFolding(memory);
    UnfoldedNodes unfolded = new UnfoldedNodes(memory);
    try {
      return new GraphImport(model, name, unfolded, folding).importAll();
    } finally {
      folding.release();
      unfolded.release();
    }
  }

  private GraphImport(
      ModelProto model, String name, UnfoldedNodes unfolded, ConstantFolding folding) {
    this.folding = folding;
    this.model = model;
    this.name = name;
    operatorSet = operatorSet(model);
    warnings = new Warnings(ExportAdvice.of(model));
    graph = Functions.inline(model, operatorSet, unfolded);
    unsupported = new Unsupported(operatorSet);
    values = new Values(graph, unsupported, folding);
    facts = new ValueFacts(values::constant, graph.getValueInfoList(), operatorSet);
    origins = new ConstantOrigins(values::constant);
    expanded = new ExpandedScalars(values::constant, operatorSet);
    live = LiveNodes.of(graph);
    usedValues.addAll(live.usedValues());
    batchNormalizations = new BatchNormalizations();
    shapeValues = new ShapeValues(value -> values.constant(value) != null);
  }

  private static int operatorSet(ModelProto model) {
    long operatorSet = model.getIrVersion() < 3 ? 1 : 0;
    for (OperatorSetIdProto imported : model.getOpsetImportList()) {
      if (Unsupported.isDefaultDomain(imported.getDomain())) {
        operatorSet = imported.getVersion();
      }
    }
    if (operatorSet < 1) {
      throw new MalformedOnnxException(
          "the model does not say which operator set it uses; it may be truncated: transfer or"
              + " export it again");
    }
    if (operatorSet > OnnxOperators.NEWEST_OPERATOR_SET) {
      String reason =
          "the newest operator set understood is %d; export with opset_version=%1$d"
              .formatted(OnnxOperators.NEWEST_OPERATOR_SET);
      throw new UnsupportedOnnxException(
          List.of(new UnsupportedPart("ai.onnx", "operator set", operatorSet, reason)), 0);
    }
    return (int) operatorSet;
  }

  private ImportResult importAll() {
    readInputs();
    live.nodes().forEach(this::importNode);
    readOutputs();
    unsupported.throwIfAny();
    new BatchNormalizationChains(origins, facts, batchNormalizations, layerNames, warnings)
        .bind(nodes, inputNames(), outputNames());
    dropDeadNodes();
    Network network = withOpenBatch(network());
    warnings.inspect(network);
    warnings.addRenamed(batchNormalizations.renamed());
    ImportReport report =
        ReportWriter.write(model, operatorSet, inputs, network, batchNormalizations, warnings);
    return new ImportResult(network, report);
  }

  private void readInputs() {
    for (ValueInfoProto input : graph.getInputList()) {
      if (values.isInitializer(input.getName())) {
        continue;
      }
      String reason = ValueInfos.unsupportedReason(input);
      if (reason == null && !ValueInfos.hasShape(input)) {
        reason = "its declaration has no shape; export the model with shapes";
      }
      if (reason != null) {
        unsupported.add(input.getName(), "input", reason);
      }
      if (ValueInfos.hasExtentOfZero(input)) {
        warnings.add(Code.EXTENT_OF_ZERO, input.getName());
      }
      inputs.add(input);
      facts.add(input);
      values.putDynamic(input.getName());
    }
  }

  private void importNode(FileNode node) {
    requireInputs(node);
    try {
      if (isIdentity(node)) {
        if (isTraining(node)) {
          warnings.add(Code.DROPOUT_IN_TRAINING_MODE, node.name());
        }
        pass(node, node.proto().getInput(0), node.proto().getOutput(0));
        return;
      }
      String reason = OnnxOperators.unsupportedReason(node, operatorSet);
      if (reason != null) {
        refuseWhole(node, reason);
      } else if (node.operator().equals("Constant")) {
        node.proto().getAttributeList().stream()
            .filter(AttributeProto::hasT)
            .forEach(attribute -> folding.reserveToWiden("node " + node, attribute.getT()));
        values.putConstant(node.proto().getOutput(0), Constants.read(node.proto()));
      } else if (node.operator().equals("BatchNormalization")) {
        importBatchNormalization(node);
      } else if (node.operator().equals("If")) {
        importIf(node);
      } else {
        importLayer(node);
      }
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      refuse(node, String.valueOf(e.getMessage()));
    }
  }

  private void importLayer(FileNode written) {
    FileNode node = facts.withKnownTarget(written);
    Operator operator = Objects.requireNonNull(OnnxOperators.find(node.operator()));
    Attributes attributes = new Attributes(node.proto(), operatorSet);
    Layer layer = operator.factory().create(attributes);
    if (Resamplings.hasUnclearCorners(node.operator(), attributes)) {
      warnings.add(Code.LINEAR_RESIZE_WITH_UNCLEAR_CORNERS, node.name());
    }
    if (ConstantFolding.isDeterministic(node.operator()) && values.areConstant(node.proto())) {
      fold(node, layer);
    } else if (facts.isIdentity(node, layer)) {
      add(node, new Identity(), node.proto().getOutputList());
    } else {
      add(node, layer, node.proto().getOutputList());
    }
  }

  private void fold(FileNode node, Layer layer) {
    List<Tensor> results = folding.compute(node.toString(), layer, values.constants(node.proto()));
    requireOutputs(node, results.size());
    for (int i = 0; i < node.proto().getOutputCount(); i++) {
      values.putConstant(node.proto().getOutput(i), results.get(i));
    }
    origins.add(node.proto());
  }

  private void add(FileNode node, Layer layer, List<String> declared) {
    // An output that nothing reads may be one that the layer does not make.
    List<String> outputs =
        declared.stream().map(output -> usedValues.contains(output) ? output : "").toList();
    if (!OnnxOperators.makesSeveralOutputs(node.operator())
        && outputs.stream().skip(1).anyMatch(output -> !output.isEmpty())) {
      requireOutputs(node, 1);
    }
    node.proto().getInputList().forEach(values::constant);
    nodes.add(
        new Node(
            layerNames.of(node, node.proto().getInputList()),
            node.operator(),
            layer,
            node.proto().getInputList(),
            outputs));
    outputs.forEach(values::putDynamic);
    facts.add(node.proto());
    expanded.add(node.proto());
    shapeValues.add(node.operator(), node.proto().getInputList(), outputs);
  }

  private void importBatchNormalization(FileNode node) {
    BatchNormalizationNode form = BatchNormalizationNode.of(node, operatorSet, usedValues);
    if (!form.canBeBound(values, expanded)) {
      add(node, form.layer(), form.outputs());
      warnings.add(Code.BATCH_NORMALIZATION_NOT_BOUND, node.name());
      return;
    }
    if (form.trainingMode()) {
      warnings.add(Code.LEFT_IN_TRAINING_MODE, node.name());
    }
    String y = node.proto().getOutput(0);
    nodes.add(
        new Node(
            layerNames.of(node, form.parameterNames()),
            node.operator(),
            BatchNormalizationNode.LATE_BOUND,
            List.of(node.proto().getInput(0)),
            List.of(y),
            batchNormalizations.add(form, form.constantParameters(values, expanded))));
    values.putDynamic(y);
    facts.add(node.proto());
    shapeValues.add(node.operator(), node.proto().getInputList(), List.of(y));
  }

  /** Takes the branch that a constant condition chooses, or both if a run's shapes choose. */
  private void importIf(FileNode node) {
    String condition = node.proto().getInput(0);
    Tensor known = values.constant(condition);
    Branches branches = Branches.of(node, new Attributes(node.proto(), operatorSet));
    if (known == null && shapeValues.isOfShapesAlone(condition)) {
      importConditional(node, branches);
    } else if (known == null || known.size() != 1) {
      refuseWhole(node, "a condition that depends on the elements of an input is not supported");
    } else {
      GraphProto branch = known.getLong(0) != 0 ? branches.then() : branches.otherwise();
      importBranch(node, branch);
      for (int i = 0; i < branch.getOutputCount(); i++) {
        pass(node, branch.getOutput(i).getName(), node.proto().getOutput(i));
      }
    }
  }

  private void importConditional(FileNode node, Branches branches) {
    branches.requireDistinctNames();
    Conditional layer =
        Conditional.of(
            importChoice(node, branches.then()), importChoice(node, branches.otherwise()));
    List<String> inputs = new ArrayList<>();
    inputs.add(node.proto().getInput(0));
    inputs.addAll(layer.captured());
    List<String> outputs = node.proto().getOutputList();
    nodes.add(new Node(layerNames.of(node, List.of()), node.operator(), layer, inputs, outputs));
    outputs.forEach(values::putDynamic);
    List<String> reads = new ArrayList<>(inputs);
    reads.addAll(layer.then().outputs());
    reads.addAll(layer.otherwise().outputs());
    shapeValues.add(node.operator(), reads, outputs);
  }

  private Conditional.Branch importChoice(FileNode node, GraphProto branch) {
    int first = nodes.size();
    importBranch(node, branch);
    List<Node> ofBranch = nodes.subList(first, nodes.size());
    List<String> outputs = branch.getOutputList().stream().map(ValueInfoProto::getName).toList();
    outputs.forEach(values::constant);
    Conditional.Branch choice = new Conditional.Branch(ofBranch, outputs);
    ofBranch.clear();
    return choice;
  }

  /** Imports a branch's nodes as if they stood in the graph, where no other names are like them. */
  private void importBranch(FileNode node, GraphProto branch) {
    values.addInitializers(branch);
    LiveNodes liveInBranch = LiveNodes.of(branch);
    usedValues.addAll(liveInBranch.usedValues());
    for (FileNode inner : liveInBranch.nodes()) {
      importNode(new FileNode(inner.proto(), node.index()));
    }
  }

  /** Gives a value a second name. */
  private void pass(FileNode node, String from, String to) {
    Tensor constant = values.constant(from);
    if (constant != null) {
      values.putConstant(to, constant);
      return;
    }
    if (!values.isKnown(from)) {
      throw new MalformedOnnxException(
          "node %s gives out '%s', which nothing makes".formatted(node, from));
    }
    nodes.add(
        new Node(
            layerNames.of(node, List.of()),
            "Identity",
            new Identity(),
            List.of(from),
            List.of(to)));
    values.putDynamic(to);
    facts.alias(from, to);
    shapeValues.add("Identity", List.of(from), List.of(to));
  }

  /** Whether it is a dropout whose mode is known and whose mask nothing reads. */
  private boolean isIdentity(FileNode node) {
    if (!node.operator().equals("Dropout")
        || !Unsupported.isDefaultDomain(node.proto().getDomain())) {
      return false;
    }
    List<String> inputs = node.proto().getInputList();
    List<String> outputs = node.proto().getOutputList();
    boolean modeIsKnown =
        inputs.size() < 3 || inputs.get(2).isEmpty() || values.constant(inputs.get(2)) != null;
    return modeIsKnown
        && !inputs.isEmpty()
        && outputs.subList(Math.min(1, outputs.size()), outputs.size()).stream()
            .noneMatch(usedValues::contains);
  }

  /**
   * Whether a dropout drops: before version 7 unless told not to, since 12 if its input says so.
   */
  private boolean isTraining(FileNode node) {
    if (operatorSet < 7) {
      return !new Attributes(node.proto(), operatorSet).flag("is_test", false);
    }
    Tensor trainingMode =
        node.proto().getInputCount() > 2 ? values.constant(node.proto().getInput(2)) : null;
    return trainingMode != null && trainingMode.size() == 1 && trainingMode.getLong(0) != 0;
  }

  /** Notes why, and goes on as if the node were there, to find what else is not supported. */
  private void refuse(FileNode node, String reason) {
    unsupported.add(node, reason);
    node.proto().getOutputList().forEach(values::putDynamic);
  }

  /** Refuses a node of which nothing was looked at yet, with what stands in its subgraphs. */
  private void refuseWhole(FileNode node, String reason) {
    refuse(node, reason);
    new RefusedSubgraphs(unsupported, operatorSet).inspect(node);
  }

  private void requireInputs(FileNode node) {
    for (String input : node.proto().getInputList()) {
      if (!input.isEmpty() && !values.isKnown(input)) {
        boolean later =
            live.nodes().stream().anyMatch(n -> n.proto().getOutputList().contains(input));
        throw new MalformedOnnxException(
            later
                ? "node %s reads '%s', which is made only after it: the nodes must be sorted, and must not form a cycle"
                    .formatted(node, input)
                : "node %s reads '%s', which nothing makes".formatted(node, input));
      }
    }
  }

  private static void requireOutputs(FileNode node, int available) {
    if (node.proto().getOutputCount() > available) {
      throw new MalformedOnnxException(
          "node %s has %d outputs, but its operator makes %d"
              .formatted(node, node.proto().getOutputCount(), available));
    }
  }

  private void readOutputs() {
    if (graph.getOutputCount() == 0) {
      throw new MalformedOnnxException("the model has no outputs");
    }
    for (ValueInfoProto output : graph.getOutputList()) {
      String outputName = output.getName();
      if (!values.isKnown(outputName)) {
        throw new MalformedOnnxException("nothing makes the model's output '" + outputName + "'");
      }
      values.constant(outputName);
      String reason = ValueInfos.unsupportedReason(output);
      if (reason != null) {
        unsupported.add(outputName, "output", reason);
      } else if (!ValueInfos.hasShape(output)) {
        warnings.add(Code.OUTPUT_SHAPE_UNKNOWN, outputName);
      }
    }
  }

  /** A branch not taken, or a constant computed, may have left nodes that nothing reads. */
  private void dropDeadNodes() {
    Set<String> needed = new HashSet<>();
    graph.getOutputList().forEach(output -> needed.add(output.getName()));
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (nodes.get(i).outputs().stream().anyMatch(needed::contains)) {
        nodes.get(i).inputs().stream().filter(input -> !input.isEmpty()).forEach(needed::add);
      } else {
        nodes.remove(i);
      }
    }
    batchNormalizations.retain(nodes);
  }

  private Network withOpenBatch(Network network) {
    Network opened = OpenBatch.of(network);
    if (opened == null) {
      return network;
    }
    network.inputs().forEach(input -> warnings.add(Code.FIXED_BATCH_OPENED, input.name()));
    return opened;
  }

  private Set<String> inputNames() {
    Set<String> names = new HashSet<>();
    inputs.forEach(input -> names.add(input.getName()));
    return names;
  }

  private List<String> outputNames() {
    return graph.getOutputList().stream().map(ValueInfoProto::getName).toList();
  }

  private Network network() {
    return new Network(
        name,
        inputs.stream().map(ValueInfos::metadata).toList(),
        graph.getOutputList().stream().map(ValueInfos::metadata).toList(),
        nodes,
        values.constants(nodes, outputNames()),
        batchNormalizations.layers(),
        batchNormalizations.runningStatistics(),
        Producers.varianceConvention(model.getProducerName(), batchNormalizations.varianceNames()));
  }
}
