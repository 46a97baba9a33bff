/**
 * Whether an estimate of running statistics is fit for use, as far as forward passes can tell
 * without labels. {@link io.norma.runningstatistics.certificate.Certificate} has the numbers and
 * the verdict, {@link io.norma.runningstatistics.certificate.Probe} runs rows by several estimates
 * and counts where their answers differ, {@link
 * io.norma.runningstatistics.certificate.CertificateRules} makes a verdict of that.
 */
@NullMarked
package io.norma.runningstatistics.certificate;

import org.jspecify.annotations.NullMarked;
