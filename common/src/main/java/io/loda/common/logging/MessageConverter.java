package io.loda.common.logging;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/** Writes an event's message in one line, whoever logs it. */
final class MessageConverter extends ClassicConverter {

  @Override
  public String convert(ILoggingEvent event) {
    return VisibleText.line(String.valueOf(event.getFormattedMessage()));
  }
}
