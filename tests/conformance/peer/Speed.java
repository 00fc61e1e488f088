import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import org.hisp.dhis.lib.expression.Expression;
import org.hisp.dhis.lib.expression.ExpressionMode;
import org.hisp.dhis.lib.expression.spi.ExpressionData;
import org.hisp.dhis.lib.expression.spi.ValueType;
import org.hisp.dhis.lib.expression.spi.VariableValue;

/**
 * Nanoseconds of the peer's CPU time for one evaluation of the five kinds of expressions, parsed once. The
 * expressions and values are those of the conformance runner's `speed`.
 */
public final class Speed {
  private static final String[][] KINDS = {
    {"arithmetic", "(#{w} + 2.5) * 3 - #{h} / 4"},
    {"condition", "#{w} > 10 && d2:hasValue(#{h}) || !#{yes}"},
    {"dates", "d2:yearsBetween(#{birth}, V{event_date}) < 5 && d2:daysBetween(#{birth}, V{event_date}) > 100"},
    {"strings", "d2:concatenate(d2:left(#{note}, 3), '-', d2:round(#{w} / 3, 2))"},
    {"z-score", "d2:zScoreWFA(10, #{w}, 'male')"},
  };

  private static VariableValue value(ValueType type, String text) {
    return new VariableValue(type, text, List.of(text), null);
  }

  public static void main(String[] args) {
    Map<String, VariableValue> values = Map.of(
        "w", value(ValueType.NUMBER, "9.6"),
        "h", value(ValueType.NUMBER, "72.5"),
        "yes", value(ValueType.BOOLEAN, "true"),
        "note", value(ValueType.STRING, "referred to the hospital"),
        "birth", value(ValueType.DATE, "2021-03-04"),
        "event_date", value(ValueType.DATE, "2024-06-15"));
    var data = new ExpressionData(values, Map.of(), Map.of(), Map.of(), Map.of());
    for (String[] kind : KINDS) {
      var expression = new Expression(kind[1], ExpressionMode.RULE_ENGINE_ACTION, false);
      run(expression, data, 2_000_000_000L);
      double best = Double.MAX_VALUE;
      for (int i = 0; i < 5; i++) best = Math.min(best, run(expression, data, 500_000_000L));
      System.out.printf("%s: %.1f%n", kind[0], best);
    }
  }

  private static double run(Expression expression, ExpressionData data, long nanoseconds) {
    var threads = ManagementFactory.getThreadMXBean();
    long started = threads.getCurrentThreadCpuTime();
    long count = 0;
    long spent = 0;
    while (spent < nanoseconds) {
      for (int i = 0; i < 1000; i++) expression.evaluate(name -> null, data);
      count += 1000;
      spent = threads.getCurrentThreadCpuTime() - started;
    }
    return (double) spent / count;
  }
}
