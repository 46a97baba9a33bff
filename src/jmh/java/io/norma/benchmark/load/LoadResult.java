package io.norma.benchmark.load;

import org.HdrHistogram.Histogram;

/**
 * What a run of load met.
 *
 * @param answered requests with a status of the 200s
 * @param failed all others: refused, broken, not answered in time
 * @param blockedSeconds how long requests that were due waited for a free connection, all together;
 *     this time is not in the histogram
 * @param seconds from the first request to the last answer
 * @param nanos from a request to the end of its answer
 */
record LoadResult(
    long answered, long failed, double blockedSeconds, double seconds, Histogram nanos) {
  double perSecond() {
    return answered / seconds;
  }

  double milliseconds(double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1e6;
  }
}
