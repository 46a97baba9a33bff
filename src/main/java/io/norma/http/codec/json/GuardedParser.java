package io.norma.http.codec.json;

import java.util.function.Consumer;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.util.JsonParserDelegate;

/** Reads numbers that are not finite only where they may stand, also in what is passed over. */
public final class GuardedParser extends JsonParserDelegate {
  private final Predicate<JsonParser> allowed;
  private final Consumer<JsonParser> refusal;

  /**
   * @param lenient reads them everywhere
   * @param allowed whether one may stand where the parser is
   * @param refusal throws what a parser is answered with that stands at another
   */
  public GuardedParser(
      JsonParser lenient, Predicate<JsonParser> allowed, Consumer<JsonParser> refusal) {
    super(lenient);
    this.allowed = allowed;
    this.refusal = refusal;
  }

  @Override
  public JsonToken nextToken() throws JacksonException {
    JsonToken token = super.nextToken();
    if (token == JsonToken.VALUE_NUMBER_FLOAT
        && Character.isLetter(lastOf(getString()))
        && !(BareNumbers.isOne(getString()) && allowed.test(this))) {
      refusal.accept(this);
    }
    return token;
  }

  private static char lastOf(String text) {
    return text.charAt(text.length() - 1);
  }

  @Override
  public JsonParser skipChildren() throws JacksonException {
    int depth = 0;
    JsonToken token = currentToken();
    while (token != null) {
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      }
      if (depth == 0) {
        break;
      }
      token = nextToken();
    }
    return this;
  }
}
