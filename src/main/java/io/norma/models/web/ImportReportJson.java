package io.norma.models.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.onnx.ImportReport;
import org.springframework.boot.jackson.JacksonMixin;

/** How a report is written: without what there was no checkpoint for. */
@JacksonMixin(ImportReport.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
abstract class ImportReportJson {}
