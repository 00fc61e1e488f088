import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.misc.ParseCancellationException;
import org.hisp.dhis.antlr.AntlrExpressionVisitor;
import org.hisp.dhis.antlr.AntlrParserUtils;
import org.hisp.dhis.antlr.literal.DefaultLiteral;
import org.hisp.dhis.parser.expression.antlr.ExpressionLexer;
import org.hisp.dhis.parser.expression.antlr.ExpressionParser;
import org.hisp.dhis.parser.expression.antlr.ExpressionParser.ExprContext;

/**
 * Answers of dhis-antlr-expression-parser, which indicators and validation rules use. The library reads everything
 * and computes literals, operators, parentheses and logarithms. Values of items come from the case; other functions
 * are the server's own code, for which the answer is an error of the kind {@code unsupported}: it was read.
 */
final class AntlrSide {
  private AntlrSide() {}

  private static final class Throwing extends BaseErrorListener {
    @Override
    public void syntaxError(
        Recognizer<?, ?> by, Object symbol, int line, int at, String message, RecognitionException cause) {
      throw new ParseCancellationException(at + " " + message);
    }
  }

  private static final class Visitor extends AntlrExpressionVisitor {
    private final Map<String, JsonElement> items;

    Visitor(JsonObject test) {
      items = Peer.members(test, "items", given -> given);
      Peer.object(test, "programVars").entrySet()
          .forEach(given -> items.put("V{" + given.getKey() + "}", given.getValue()));
      setExpressionLiteral(new DefaultLiteral());
    }

    @Override
    public Object visitExpr(ExprContext context) {
      if (context.it == null) return super.visitExpr(context);
      if (context.it.getType() == ExpressionParser.NULL) return null;
      JsonElement given = items.get(context.getText());
      if (given != null) return value(given);
      if (!AntlrParserUtils.ANTLR_EXPRESSION_ITEMS.containsKey(context.it.getType())) {
        throw new UnsupportedOperationException(context.it.getText());
      }
      return super.visitExpr(context);
    }

    private static Object value(JsonElement given) {
      if (given.isJsonNull()) return null;
      var scalar = given.getAsJsonPrimitive();
      if (scalar.isNumber()) return scalar.getAsDouble();
      return scalar.isBoolean() ? (Object) scalar.getAsBoolean() : scalar.getAsString();
    }
  }

  static JsonObject answer(JsonObject test) {
    var answer = new JsonObject();
    var listener = new Throwing();
    ExpressionParser.ExpressionContext tree;
    try {
      var lexer = new ExpressionLexer(CharStreams.fromString(Peer.text(test, "expr")));
      lexer.removeErrorListeners();
      lexer.addErrorListener(listener);
      var parser = new ExpressionParser(new CommonTokenStream(lexer));
      parser.removeErrorListeners();
      parser.addErrorListener(listener);
      tree = parser.expression();
    } catch (Throwable thrown) {
      answer.add("error", Peer.error("parse", "parse", thrown));
      return answer;
    }
    try {
      Object value = new Visitor(test).visit(tree);
      answer.add("result", KotlinSide.written(value));
    } catch (UnsupportedOperationException unsupported) {
      answer.add("error", Peer.error("eval", "unsupported", unsupported));
    } catch (Throwable thrown) {
      answer.add("error", Peer.error("eval", "illegal", thrown));
    }
    return answer;
  }
}
