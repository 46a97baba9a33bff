package io.norma.following;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Whether, and how, sets follow the traffic.
 *
 * @param models names of the models for which requests that name a traffic class may make
 *     statistics; none by default
 * @param rows of a class that a revision is made of
 * @param alarmRows rows over which it is watched whether a class's set still fits
 * @param maxClasses traffic classes of a model version that are followed at a time; requests of
 *     more are answered as if they named none
 * @param keepRevisions newest revisions of each of a class's sets that are kept
 */
@ConfigurationProperties("norma.following")
public record FollowingSettings(
    @DefaultValue List<String> models,
    @DefaultValue("256") int rows,
    @DefaultValue("64") int alarmRows,
    @DefaultValue("16") int maxClasses,
    @DefaultValue("8") int keepRevisions) {
  private static final String NAME = "norma.following.";

  public FollowingSettings {
    models = List.copyOf(models);
    requireFrom("rows", rows, 32);
    requireFrom("alarm-rows", alarmRows, 1);
    requireFrom("max-classes", maxClasses, 1);
    requireFrom("keep-revisions", keepRevisions, 1);
  }

  private static void requireFrom(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          NAME + name + " must be at least " + least + ", but is " + value);
    }
  }
}
