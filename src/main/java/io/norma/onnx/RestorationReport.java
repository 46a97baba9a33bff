package io.norma.onnx;

import java.util.List;

/**
 * What a checkpoint brought back of a network.
 *
 * @param strippedPrefix what all of the checkpoint's names begin with and the network's do not
 * @param layers how many convolutions and dense layers with constant weights the network has
 * @param unfolded how many of them have the checkpoint's weights as they are
 * @param largestDeviation how far restored weights and biases are from the file's at most, relative
 *     to the largest of their channel
 * @param unusedKeys the checkpoint's tensors that are not in the network, the first of them
 * @param unusedKeyCount how many there are
 */
public record RestorationReport(
    String strippedPrefix,
    int layers,
    int unfolded,
    List<RestoredLayer> restored,
    List<LeftFolded> leftFolded,
    double largestDeviation,
    List<String> unusedKeys,
    int unusedKeyCount) {
  public RestorationReport {
    restored = List.copyOf(restored);
    leftFolded = List.copyOf(leftFolded);
    unusedKeys = List.copyOf(unusedKeys);
  }

  /**
   * A layer whose batch normalization is there again, or a scale and a shift per channel that are
   * one again.
   *
   * @param node name of the convolution or dense layer, or of the last node of scale and shift
   * @param weights what the checkpoint calls its weights; empty for a scale and a shift
   * @param batchNormalization name of the batch normalization behind it
   * @param epsilon ε as it was found
   * @param deviation how far its weights and biases are from the file's, as above
   */
  public record RestoredLayer(
      String node, String weights, String batchNormalization, double epsilon, double deviation) {}

  /**
   * A layer that stays as the file has it, other than unfolded.
   *
   * @param node its name
   */
  public record LeftFolded(String node, String reason) {}
}
