package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.models.ResidentNetwork.Owner;
import io.norma.models.ResidentNetwork.Weights;
import io.norma.onnx.ImportResult;
import io.norma.onnx.OnnxImporter;
import io.norma.service.LabelledNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Weights that come and go under those who use them. */
final class ResidentNetworkTest {
  private static final int USERS = 2;
  private static final int USES = 5_000;

  private static Weights weights() {
    ImportResult imported = OnnxImporter.read(new LabelledNetwork(1).bytes(), "test");
    return new Weights(imported, imported.network(), WeightFormat.FP32);
  }

  @Test
  void areThereForAsLongAsSomebodyUsesThem() throws Exception {
    Weights loaded = weights();
    ResidentNetwork network = new ResidentNetwork(loaded);
    AtomicInteger comebacks = new AtomicInteger();
    AtomicInteger reserved = new AtomicInteger(1);
    AtomicInteger mostReserved = new AtomicInteger(1);
    network.ownedBy(
        new Owner() {
          @Override
          public Weights bringBack() {
            comebacks.incrementAndGet();
            mostReserved.accumulateAndGet(reserved.incrementAndGet(), Math::max);
            return loaded;
          }

          @Override
          public void gone() {
            // As long as it may take a thread that was interrupted in between.
            LockSupport.parkNanos(1);
            reserved.decrementAndGet();
          }

          @Override
          public void used() {}
        });
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService executor = Executors.newFixedThreadPool(USERS + 1)) {
      List<Future<?>> users = new ArrayList<>();
      for (int i = 0; i < USERS; i++) {
        users.add(
            executor.submit(() -> {
              for (int use = 0; use < USES; use++) {
                network.enter();
                try {
                  assertThat(network.<Weights>with(weights -> weights)).isSameAs(loaded);
                } finally {
                  network.leave();
                }
                // Leaves the keeper a moment without users.
                LockSupport.parkNanos(1);
              }
            }));
      }
      Future<?> keeper =
          executor.submit(() -> {
            while (!done.get()) {
              network.tryGiveBack();
            }
          });
      for (Future<?> user : users) {
        user.get();
      }
      done.set(true);
      keeper.get();
    }
    assertThat(comebacks.get()).as("how often they came back").isPositive();
    assertThat(mostReserved).as("how often the memory is taken at once").hasValue(1);
  }
}
