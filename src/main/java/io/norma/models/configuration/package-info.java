/** What operators write about models, in Triton's form. */
@NullMarked
package io.norma.models.configuration;

import org.jspecify.annotations.NullMarked;
