package io.norma.following;

import io.norma.inference.NormalizationSelector;
import io.norma.models.ModelObserver;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.runningstatistics.CalibrationService;
import io.norma.runningstatistics.RunningStatisticsService;
import io.norma.runningstatistics.StatisticsStore;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/** Puts together what follows the traffic. */
@Configuration(proxyBeanMethods = false)
class FollowingConfiguration {
  /** Calibrations are asked for late: they run inferences, which ask for what is followed. */
  @Bean
  FollowingService followingService(
      FollowingSettings settings,
      ModelRepository repository,
      ObjectProvider<CalibrationService> calibrations,
      RunningStatisticsService statistics,
      StatisticsStore store,
      ObjectProvider<FollowingObserver> observers) {
    return new FollowingService(
        settings,
        repository,
        calibrations::getObject,
        statistics,
        store,
        observers.orderedStream().toList());
  }

  @Bean
  @Primary
  NormalizationSelector followingSelector(
      @Qualifier("normalizationSelector") NormalizationSelector otherwise,
      FollowingService following) {
    return new FollowingSelector(otherwise, following);
  }

  @Bean
  ModelObserver forgetsFollowed(ObjectProvider<FollowingService> following) {
    return new ModelObserver() {
      @Override
      public void added(ServedModel model) {
        // Classes are followed from their first request on.
      }

      @Override
      public void replaced(ServedModel before, ServedModel model) {
        removed(before);
      }

      @Override
      public void removed(ServedModel model) {
        following.ifAvailable(service -> service.forget(model.identity()));
      }
    };
  }
}
