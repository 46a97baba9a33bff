package io.norma.onnx;

import io.norma.kernel.layer.Identity;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.ValueLayer;
import io.norma.kernel.layer.support.RandomSource;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.control.Subgraph;
import io.norma.onnx.ImportWarning.Code;
import io.norma.onnx.file.FileNode;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.Producers;
import io.norma.onnx.file.Unsupported;
import io.norma.onnx.operators.Attributes;
import io.norma.onnx.operators.OnnxOperators;
import io.norma.onnx.operators.Operator;
import io.norma.onnx.operators.Resamplings;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

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
  private final List<Node> nodes = new ArrayList<>();
  private final List<ValueInfoProto> inputs = new ArrayList<>();
  private final ConstantFolding folding;
  private final ValueTypes types;
  private final Dropouts dropouts;
  private final ConstantOrigins origins;
  private final ExpandedScalars expanded;
  private final TimeLimit.Deadline deadline;

  /**
   * The nodes and attributes whose graphs are around the node at hand, {@code choice/then_branch/}.
   */
  private String path = "";

  static ImportResult read(ModelProto model, String name, ImportLimits limits) {
    TimeLimit.Deadline deadline = limits.time().begin();
    ConstantFolding folding = new ConstantFolding(limits.memory(), limits.work(), deadline);
    UnfoldedNodes unfolded = new UnfoldedNodes(limits, model, deadline);
    try {
      return new GraphImport(model, name, unfolded, folding, deadline).importAll();
    } finally {
      folding.release();
      unfolded.release();
    }
  }

  private GraphImport(
      ModelProto model,
      String name,
      UnfoldedNodes unfolded,
      ConstantFolding folding,
      TimeLimit.Deadline deadline) {
    this.deadline = deadline;
    this.folding = folding;
    this.model = model;
    this.name = name;
    operatorSet = OperatorSets.of(model);
    warnings = new Warnings(ExportAdvice.of(model));
    graph = UniqueNames.in(Functions.inline(model, operatorSet, unfolded));
    unsupported = new Unsupported(operatorSet);
    values = new Values(graph, unsupported, folding);
    types = new ValueTypes(values::constant, graph.getValueInfoList(), operatorSet);
    dropouts = new Dropouts(values::constant, usedValues::contains, operatorSet);
    origins = new ConstantOrigins(values::constant);
    expanded = new ExpandedScalars(values::constant, operatorSet);
    live = LiveNodes.of(graph);
    usedValues.addAll(live.usedValues());
    batchNormalizations = new BatchNormalizations();
  }

  private ImportResult importAll() {
    readInputs();
    live.nodes().forEach(this::importNode);
    readOutputs();
    unsupported.throwIfAny();
    new BatchNormalizationChains(
            origins, declaredRanks(), batchNormalizations, layerNames, warnings)
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
    ValueInfos.requireNames("the model", graph.getInputList());
    for (ValueInfoProto input : graph.getInputList()) {
      if (values.isInitializer(input.getName())) {
        continue;
      }
      String reason = ValueInfos.unsupportedReason(input);
      if (reason != null) {
        unsupported.add(input.getName(), "input", reason);
      } else if (!ValueInfos.hasShape(input)) {
        warnings.add(Code.INPUT_SHAPE_UNKNOWN, input.getName());
      }
      if (ValueInfos.hasExtentOfZero(input)) {
        warnings.add(Code.EXTENT_OF_ZERO, input.getName());
      }
      inputs.add(input);
      types.add(input);
      values.putDynamic(input.getName());
    }
  }

  private void importNode(FileNode node) {
    deadline.check();
    requireInputs(node);
    try {
      if (dropouts.isIdentity(node)) {
        if (dropouts.isTraining(node)) {
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
      } else if (ControlFlow.isLoop(node.operator())) {
        Attributes attributes = new Attributes(node.proto(), operatorSet);
        addGraphs(node, ControlFlow.loop(node, attributes, subgraphs(node)));
      } else {
        importLayer(node);
      }
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      refuse(node, String.valueOf(e.getMessage()));
    }
  }

  private void importLayer(FileNode written) {
    FileNode node = types.withKnownTarget(written);
    Operator operator = Objects.requireNonNull(OnnxOperators.find(node.operator()));
    Attributes attributes = new Attributes(node.proto(), operatorSet);
    Layer layer = operator.factory().create(attributes);
    if (Resamplings.hasUnclearCorners(node.operator(), attributes)) {
      warnings.add(Code.LINEAR_RESIZE_WITH_UNCLEAR_CORNERS, node.name());
    }
    boolean foldable =
        ConstantFolding.isDeterministic(node.operator()) && !(layer instanceof ValueLayer);
    if (foldable && values.areConstant(node.proto())) {
      fold(node, layer);
    } else if (types.isIdentity(node, layer)) {
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
    List<String> inputs = new ArrayList<>(node.proto().getInputList());
    inputs.forEach(values::constant);
    if (OnnxOperators.drawsRandomNumbers(node.operator())) {
      inputs.add(RandomSource.NAME);
    }
    nodes.add(
        new Node(
            layerNames.of(node, node.proto().getInputList()),
            node.operator(),
            layer,
            inputs,
            outputs));
    outputs.forEach(values::putDynamic);
    types.add(node.proto());
    expanded.add(node.proto());
  }

  private void importBatchNormalization(FileNode node) {
    BatchNormalizationNode form = BatchNormalizationNode.of(node, operatorSet, usedValues);
    if (!path.isEmpty() || !form.canBeBound(values, expanded)) {
      add(node, form.layer(), form.outputs());
      warnings.add(Code.BATCH_NORMALIZATION_NOT_BOUND, node.name());
      return;
    }
    if (form.trainingMode()) {
      warnings.add(Code.LEFT_IN_TRAINING_MODE, node.name());
    }
    String y = node.proto().getOutput(0);
    values.constant(node.proto().getInput(0));
    nodes.add(
        Node.batchNormalization(
            layerNames.of(node, form.parameterNames()),
            node.proto().getInput(0),
            y,
            batchNormalizations.add(form, form.constantParameters(values, expanded))));
    values.putDynamic(y);
    types.add(node.proto());
  }

  /** Takes the branch that a constant condition chooses, or both if a run chooses. */
  private void importIf(FileNode node) {
    Branches branches = Branches.of(node, new Attributes(node.proto(), operatorSet));
    Tensor known = values.constant(node.proto().getInput(0));
    if (known == null) {
      addGraphs(node, ControlFlow.conditional(branches, subgraphs(node)));
      return;
    }
    if (known.size() != 1) {
      throw new IllegalArgumentException("its condition must be one value, but is " + known);
    }
    GraphProto branch = known.getLong(0) != 0 ? branches.then() : branches.otherwise();
    importGraph(node, branch);
    for (int i = 0; i < branch.getOutputCount(); i++) {
      pass(node, branch.getOutput(i).getName(), node.proto().getOutput(i));
    }
  }

  /** Adds a node whose layer computes graphs of its own. */
  private void addGraphs(FileNode node, ControlFlow.LayerOfGraphs layer) {
    List<String> inputs = new ArrayList<>(node.proto().getInputList());
    inputs.forEach(values::constant);
    while (inputs.size() < layer.ownInputs()) {
      inputs.add("");
    }
    inputs.addAll(layer.captured());
    List<String> outputs = node.proto().getOutputList();
    nodes.add(
        new Node(layerNames.of(node, List.of()), node.operator(), layer.layer(), inputs, outputs));
    outputs.forEach(values::putDynamic);
  }

  /** Makes subgraphs of a node, with their path. */
  private ControlFlow.Subgraphs subgraphs(FileNode node) {
    return (attribute, graph) -> {
      String around = path;
      path = path + node.name() + "/" + attribute + "/";
      Subgraph subgraph = subgraph(node, graph);
      path = around;
      return subgraph;
    };
  }

  /** A graph within a layer. Its nodes are in the list of all only until it is made. */
  private Subgraph subgraph(FileNode node, GraphProto graph) {
    int first = nodes.size();
    ValueInfos.requireNames("a graph of node " + node, graph.getInputList());
    graph.getInputList().forEach(input -> values.putDynamic(input.getName()));
    importGraph(node, graph);
    List<Node> inside = nodes.subList(first, nodes.size());
    List<String> outputs = graph.getOutputList().stream().map(ValueInfoProto::getName).toList();
    for (String output : outputs) {
      values.constant(output);
      if (!values.isKnown(output)) {
        throw new MalformedOnnxException(
            "a graph of node %s gives out '%s', which nothing makes".formatted(node, output));
      }
    }
    List<String> inputs = graph.getInputList().stream().map(ValueInfoProto::getName).toList();
    Subgraph subgraph = new Subgraph(inputs, inside, outputs);
    inside.clear();
    return subgraph;
  }

  /** Imports a graph's nodes as if they stood in the graph around it. */
  private void importGraph(FileNode node, GraphProto graph) {
    values.addInitializers(graph);
    LiveNodes liveInGraph = LiveNodes.of(graph);
    usedValues.addAll(liveInGraph.usedValues());
    for (FileNode inner : liveInGraph.nodes()) {
      importNode(path.isEmpty() ? new FileNode(inner.proto(), node.index()) : inner);
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
    types.alias(from, to);
  }

  /** Notes why, and goes on as if the node were there, to find what else is not supported. */
  private void refuse(FileNode node, String reason) {
    unsupported.add(path + node.name(), node, reason);
    node.proto().getOutputList().forEach(values::putDynamic);
  }

  /** Refuses a node of which nothing was looked at yet, with what stands in its subgraphs. */
  private void refuseWhole(FileNode node, String reason) {
    refuse(node, reason);
    new RefusedSubgraphs(unsupported, operatorSet).inspect(path, node);
  }

  private void requireInputs(FileNode node) {
    for (String input : node.proto().getInputList()) {
      if (!input.isEmpty() && !values.isKnown(input)) {
        throw new MalformedOnnxException(
            "node %s reads '%s', which nothing makes".formatted(node, input));
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
    BitSet dead = new BitSet();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (nodes.get(i).outputs().stream().anyMatch(needed::contains)) {
        nodes.get(i).inputs().stream().filter(input -> !input.isEmpty()).forEach(needed::add);
      } else {
        dead.set(i);
      }
    }
    if (!dead.isEmpty()) {
      List<Node> all = List.copyOf(nodes);
      nodes.clear();
      dead.flip(0, all.size());
      dead.stream().mapToObj(all::get).forEach(nodes::add);
    }
    batchNormalizations.retain(nodes);
  }

  private Map<String, Integer> declaredRanks() {
    return ValueInfos.ranks(
        Stream.concat(inputs.stream(), graph.getValueInfoList().stream()).toList());
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
        inputs.stream().map(ValueInfos::input).toList(),
        graph.getOutputList().stream().map(ValueInfos::metadata).toList(),
        nodes,
        values.constants(nodes, outputNames()),
        batchNormalizations.layers(),
        batchNormalizations.runningStatistics(),
        Producers.varianceConvention(model.getProducerName(), batchNormalizations.varianceNames()));
  }
}
