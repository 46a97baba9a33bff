package io.norma.delivery;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

/** A test that runs containers: skipped, with a line that says so, where no engine answers. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsContainers.EngineAnswers.class)
@interface NeedsContainers {
  /** Fails instead of skipping when {@code NORMA_CONTAINERS_REQUIRED} is {@code true}. */
  final class EngineAnswers implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (DockerClientFactory.instance().isDockerAvailable()) {
        return ConditionEvaluationResult.enabled("a container engine answers");
      }
      String reason = context.getDisplayName() + " is skipped: no container engine answers";
      if (Boolean.parseBoolean(System.getenv("NORMA_CONTAINERS_REQUIRED"))) {
        throw new IllegalStateException(reason + ", but NORMA_CONTAINERS_REQUIRED is true");
      }
      System.out.println(reason);
      return ConditionEvaluationResult.disabled(reason);
    }
  }
}
