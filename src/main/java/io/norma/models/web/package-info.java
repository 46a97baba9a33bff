/** Models over HTTP: uploads, and what the V2 protocol tells of servers and models. */
@NullMarked
package io.norma.models.web;

import org.jspecify.annotations.NullMarked;
