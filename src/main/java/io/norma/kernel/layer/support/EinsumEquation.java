package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * An equation of {@code Einsum}, read.
 *
 * @param terms the letters of each input; {@code .} stands for an ellipsis
 * @param output the letters of the output
 */
public record EinsumEquation(List<String> terms, String output) {
  private static final char ELLIPSIS = '.';

  /** Axes that an ellipsis stands for are given letters from here on. */
  private static final char FIRST_ELLIPSIS_LETTER = 0x1000;

  public EinsumEquation {
    terms = List.copyOf(terms);
    String all = String.join("", terms);
    for (String term : terms) {
      requireLetters(term);
    }
    requireLetters(output);
    for (int i = 0; i < output.length(); i++) {
      char letter = output.charAt(i);
      boolean known = letter == ELLIPSIS || all.indexOf(letter) >= 0;
      if (!known || output.indexOf(letter) != i) {
        throw new IllegalArgumentException(
            "output letter '" + letter + "' must be in an input, and once in the output");
      }
    }
  }

  private static void requireLetters(String term) {
    for (int i = 0; i < term.length(); i++) {
      char letter = term.charAt(i);
      boolean fits =
          (letter >= 'a' && letter <= 'z')
              || (letter >= 'A' && letter <= 'Z')
              || (letter == ELLIPSIS && term.indexOf(ELLIPSIS) == i);
      if (!fits) {
        throw new IllegalArgumentException(
            "einsum term '" + term + "' may have letters and one ellipsis");
      }
    }
  }

  /**
   * Reads an equation.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static EinsumEquation parse(String equation) {
    String compact = equation.replace(" ", "").replace("...", ".");
    int arrow = compact.indexOf("->");
    String left = arrow < 0 ? compact : compact.substring(0, arrow);
    List<String> terms = Arrays.asList(left.split(",", -1));
    String output = arrow < 0 ? implicitOutput(left) : compact.substring(arrow + 2);
    return new EinsumEquation(terms, output);
  }

  /** The ellipsis, and the letters that occur once, in the order of their codes. */
  private static String implicitOutput(String left) {
    StringBuilder output = new StringBuilder();
    if (left.indexOf(ELLIPSIS) >= 0) {
      output.append(ELLIPSIS);
    }
    left.chars()
        .filter(letter -> letter != ',' && letter != ELLIPSIS)
        .sorted()
        .filter(letter -> left.indexOf(letter) == left.lastIndexOf(letter))
        .forEach(letter -> output.append((char) letter));
    return output.toString();
  }

  /**
   * An equation with the extents of its letters, those of the output first.
   *
   * @param strides for each input, elements from one position of each letter to the next
   */
  public record Bound(Shape shape, int[] extents, int[][] strides) {}

  /**
   * Finds the extents of all letters.
   *
   * @throws IllegalArgumentException if the tensors do not fit the equation
   */
  public Bound bind(Tensor[] tensors) {
    if (tensors.length != terms.size()) {
      throw new IllegalArgumentException(
          "expected %d inputs, got %d".formatted(terms.size(), tensors.length));
    }
    List<String> expanded = new ArrayList<>();
    int ellipsis = 0;
    for (int t = 0; t < tensors.length; t++) {
      int hidden = hiddenAxes(terms.get(t), tensors[t].shape());
      ellipsis = Math.max(ellipsis, hidden);
      expanded.add(expand(terms.get(t), hidden));
    }
    TreeMap<Character, Integer> extents = new TreeMap<>();
    for (int t = 0; t < tensors.length; t++) {
      for (int axis = 0; axis < expanded.get(t).length(); axis++) {
        widen(extents, expanded.get(t).charAt(axis), tensors[t].shape().dimension(axis));
      }
    }
    StringBuilder letters = new StringBuilder(expand(output, ellipsis));
    int rank = letters.length();
    for (char letter : extents.keySet()) {
      if (letters.indexOf(String.valueOf(letter)) < 0) {
        letters.append(letter);
      }
    }
    int[] lengths = letters.chars().map(letter -> extents.getOrDefault((char) letter, 1)).toArray();
    int[][] strides = new int[tensors.length][lengths.length];
    for (int t = 0; t < tensors.length; t++) {
      int[] own = tensors[t].shape().strides();
      for (int axis = 0; axis < own.length; axis++) {
        if (tensors[t].shape().dimension(axis) != 1) {
          strides[t][letters.indexOf(expanded.get(t).substring(axis, axis + 1))] += own[axis];
        }
      }
    }
    return new Bound(Shape.of(Arrays.copyOf(lengths, rank)), lengths, strides);
  }

  private static int hiddenAxes(String term, Shape shape) {
    boolean open = term.indexOf(ELLIPSIS) >= 0;
    int named = term.length() - (open ? 1 : 0);
    if (open ? named > shape.rank() : named != shape.rank()) {
      throw new IllegalArgumentException(
          "einsum term '" + term + "' does not fit a tensor of shape " + shape);
    }
    return shape.rank() - named;
  }

  /** Letters for the hidden axes, the same for those that are as far from the last one. */
  private static String expand(String term, int hidden) {
    StringBuilder letters = new StringBuilder();
    for (int i = hidden; i > 0; i--) {
      letters.append((char) (FIRST_ELLIPSIS_LETTER + i));
    }
    return term.replace(String.valueOf(ELLIPSIS), letters);
  }

  private static void widen(TreeMap<Character, Integer> extents, char letter, int extent) {
    int known = extents.getOrDefault(letter, 1);
    if (known != extent && known != 1 && extent != 1) {
      throw new IllegalArgumentException(
          "letter '%s' has the extents %d and %d".formatted(letter, known, extent));
    }
    extents.put(letter, known == 1 ? extent : known);
  }
}
