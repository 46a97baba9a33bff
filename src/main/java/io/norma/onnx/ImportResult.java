package io.norma.onnx;

import io.norma.network.Network;
import java.util.List;
import java.util.Map;

/** A network read from a file, and what was found on the way. */
public record ImportResult(Network network, ImportReport report) {
  /**
   * The same of the network after a change, with what its report says of layers, batch
   * normalizations and parameters drawn up anew, and warnings where the network itself gives cause.
   *
   * @param added names of the parameters of each batch normalization that the network had not
   * @param momentum weight of the new batch that these were trained with
   */
  public ImportResult changed(Network after, Map<String, List<String>> added, double momentum) {
    return new ImportResult(after, ReportWriter.revise(report, after, added, momentum));
  }
}
