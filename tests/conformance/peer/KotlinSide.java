import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.hisp.dhis.lib.expression.Expression;
import org.hisp.dhis.lib.expression.ExpressionMode;
import org.hisp.dhis.lib.expression.spi.DataItem;
import org.hisp.dhis.lib.expression.spi.ExpressionData;
import org.hisp.dhis.lib.expression.spi.IllegalExpressionException;
import org.hisp.dhis.lib.expression.spi.Issue;
import org.hisp.dhis.lib.expression.spi.ParseException;
import org.hisp.dhis.lib.expression.spi.ValueType;
import org.hisp.dhis.lib.expression.spi.VariableValue;

/** Answers of expression-parser, which program rules use. */
final class KotlinSide {
  private KotlinSide() {}

  static JsonObject answer(JsonObject test) {
    var answer = new JsonObject();
    Expression expression;
    try {
      var mode = ExpressionMode.valueOf(Peer.text(test, "mode"));
      expression = new Expression(Peer.text(test, "expr"), mode, false);
    } catch (Throwable thrown) {
      answer.add("error", Peer.error("parse", kind(thrown), thrown));
      return answer;
    }
    List<String> operations = test.has("ops") ? Peer.texts(test.get("ops")) : List.of("eval");
    for (String operation : operations) {
      try {
        carryOut(operation, expression, test, answer);
      } catch (Throwable thrown) {
        String key = operation.equals("eval") ? "error" : operation + "Error";
        answer.add(key, Peer.error(operation, kind(thrown), thrown));
      }
    }
    return answer;
  }

  private static String kind(Throwable thrown) {
    if (thrown instanceof UnsupportedOperationException) return "unsupported";
    if (thrown instanceof ParseException) return "parse";
    return thrown instanceof IllegalExpressionException ? "illegal" : "crash";
  }

  private static void carryOut(String operation, Expression expression, JsonObject test, JsonObject answer) {
    switch (operation) {
      case "eval" -> answer.add("result", written(expression.evaluate(KotlinSide::refuse, data(expression, test))));
      case "normalise" -> answer.addProperty("normalised", expression.normalise());
      case "describe" ->
          answer.addProperty("description", expression.describe(Peer.members(test, "names", Peer::text)));
      case "regenerate" -> answer.addProperty("regenerated", expression.regenerate(numbers(expression, test)));
      case "validate" -> validate(expression, test, answer);
      case "collect" -> answer.add("collected", collected(expression));
      default -> throw new IllegalArgumentException(operation);
    }
  }

  private static Object refuse(String function) {
    throw new UnsupportedOperationException(function);
  }

  private static ExpressionData data(Expression expression, JsonObject test) {
    Map<DataItem, Object> items = new HashMap<>();
    JsonObject given = Peer.object(test, "items");
    for (DataItem item : expression.collectDataItems()) {
      if (given.has(item.toString())) items.put(item, value(given.get(item.toString())));
    }
    return new ExpressionData(
        Peer.members(test, "vars", KotlinSide::variable),
        Peer.members(test, "programVars", KotlinSide::value),
        Peer.members(test, "supplementary", Peer::texts),
        items,
        Peer.members(test, "named", KotlinSide::value));
  }

  private static Map<DataItem, Number> numbers(Expression expression, JsonObject test) {
    Map<DataItem, Number> numbers = new HashMap<>();
    JsonObject given = Peer.object(test, "items");
    for (DataItem item : expression.collectDataItems()) {
      if (given.has(item.toString()) && value(given.get(item.toString())) instanceof Number number) {
        numbers.put(item, number);
      }
    }
    return numbers;
  }

  private static VariableValue variable(JsonElement given) {
    var variable = given.getAsJsonObject();
    return new VariableValue(
        ValueType.valueOf(Peer.text(variable, "type")),
        Peer.text(variable, "value"),
        Peer.texts(variable.get("candidates")),
        Peer.text(variable, "eventDate"));
  }

  private static Object value(JsonElement given) {
    if (given.isJsonNull()) return null;
    if (given.isJsonObject()) return variable(given);
    if (given instanceof JsonArray array) {
      double[] vector = new double[array.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = array.get(i).isJsonNull() ? Double.NaN : array.get(i).getAsDouble();
      }
      return vector;
    }
    var scalar = given.getAsJsonPrimitive();
    if (scalar.isNumber()) return scalar.getAsDouble();
    return scalar.isBoolean() ? (Object) scalar.getAsBoolean() : scalar.getAsString();
  }

  static JsonObject written(Object value) {
    var written = new JsonObject();
    String type =
        value == null ? "null"
            : value instanceof Boolean ? "boolean"
            : value instanceof Double || value instanceof Float ? "number"
            : value instanceof Number ? "integer"
            : value instanceof String ? "string"
            : "date";
    written.addProperty("type", type);
    if (value instanceof Boolean truth) written.addProperty("value", truth);
    else if (value instanceof Float number) written.addProperty("value", Double.toString(number));
    else if (value != null) written.addProperty("value", value.toString());
    return written;
  }

  private static void validate(Expression expression, JsonObject test, JsonObject answer) {
    try {
      expression.validate(Peer.members(test, "types", type -> ValueType.valueOf(Peer.text(type))));
      answer.addProperty("validation", "ok");
    } catch (IllegalExpressionException found) {
      var issues = new JsonObject();
      issues.add("errors", issues(found.getErrors()));
      issues.add("warnings", issues(found.getWarnings()));
      answer.add("validation", issues);
    }
  }

  private static JsonArray issues(List<Issue> found) {
    var issues = new JsonArray();
    for (Issue one : found) {
      var issue = new JsonObject();
      issue.addProperty("at", one.getPosition().invoke());
      issue.addProperty("message", one.getMessage());
      issues.add(issue);
    }
    return issues;
  }

  private static JsonObject collected(Expression expression) {
    var collected = new JsonObject();
    collected.add("items", sorted(expression.collectDataItems().stream().map(DataItem::toString).toList()));
    collected.add("ruleVariables", sorted(expression.collectProgramRuleVariableNames()));
    collected.add("programVariables", sorted(expression.collectProgramVariablesNames()));
    var uids = expression.collectUIDs().stream().map(id -> id.getType() + ":" + id.getValue()).toList();
    collected.add("uids", sorted(uids));
    return collected;
  }

  private static JsonArray sorted(Collection<String> texts) {
    var sorted = new JsonArray();
    new TreeSet<>(texts).forEach(sorted::add);
    return sorted;
  }
}
