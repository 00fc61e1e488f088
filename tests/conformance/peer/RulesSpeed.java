import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.hisp.dhis.rules.api.RuleEngine;
import org.hisp.dhis.rules.api.RuleEngineContext;
import org.hisp.dhis.rules.api.RuleSupplementaryData;
import org.hisp.dhis.rules.models.*;

/**
 * Nanoseconds of the peer's CPU time for one full run of 500 program rules. Rules and records are those of
 * the conformance runner's {@code rules-speed}.
 */
public final class RulesSpeed {
  private static final int RULES = 500;

  private static Rule rule(int index, int fields) {
    int field = index % fields;
    String n = "#{n" + field + "}";
    String condition = switch (index % 5) {
      case 0 -> n + " > 10";
      case 1 -> "d2:hasValue(" + n + ") && " + n + " < 1000";
      case 2 -> "d2:daysBetween(#{birth}, V{event_date}) > 100 + " + n;
      case 3 -> "#{text} == 'yes' || " + n + " + 1 > 5";
      default -> "d2:count(#{past}) > 2 && " + n + " != 4";
    };
    var action = index % 2 == 0
        ? new RuleAction(n + " * 2 + 1", "ASSIGN", Map.of("field", "OUT" + index))
        : new RuleAction("d2:concatenate('Value ', " + n + ")", "SHOWWARNING", Map.of("field", "DE" + field));
    return new Rule(condition, List.of(action), "R" + index, "Rule " + index, null, index);
  }

  private static List<RuleVariable> variables(int fields) {
    List<RuleVariable> all = new ArrayList<>();
    for (int i = 0; i < fields; i++)
      all.add(new RuleVariableCurrentEvent("n" + i, true, List.of(), "DE" + i, RuleValueType.NUMERIC));
    all.add(new RuleVariableNewestEvent("past", true, List.of(), "DE" + (fields - 1), RuleValueType.NUMERIC));
    all.add(new RuleVariablePreviousEvent("previous", true, List.of(), "DE" + (fields - 1), RuleValueType.NUMERIC));
    all.add(new RuleVariableAttribute("text", true, List.of(), "TEXT", RuleValueType.TEXT));
    all.add(new RuleVariableAttribute("birth", true, List.of(), "BIRTH", RuleValueType.DATE));
    for (int i = 0; i < 3; i++)
      all.add(new RuleVariableCalculatedValue("c" + i, true, List.of(), "", RuleValueType.TEXT));
    return all;
  }

  private static RuleEvent event(int index, int fields) {
    List<RuleDataValue> values = new ArrayList<>();
    for (int i = 0; i < fields; i++)
      values.add(new RuleDataValue("DE" + i, String.valueOf((index + i * 7) % 90)));
    var at = new RuleInstant(Instant.parse("2024-05-" + (20 - index) + "T00:00:00Z").toEpochMilli());
    return new RuleEvent("EV" + index, "PS1", "Visit", RuleEventStatus.ACTIVE, at, at, null, null, "OU1", null, values);
  }

  public static void main(String[] args) {
    var enrollment = new RuleEnrollment("EN1", "Program", new RuleLocalDate(2024, 1, 5), new RuleLocalDate(2024, 1, 10),
        RuleEnrollmentStatus.ACTIVE, "OU1", null,
        List.of(new RuleAttributeValue("TEXT", "no"), new RuleAttributeValue("BIRTH", "2021-03-04")));
    for (int fields : new int[] {20, 300}) {
      List<Rule> rules = new ArrayList<>();
      for (int i = 0; i < RULES; i++) rules.add(rule(i, fields));
      var context = new RuleEngineContext(rules, variables(fields),
          new RuleSupplementaryData(List.of(), List.of(), Map.of()), Map.of());
      List<RuleEvent> others = new ArrayList<>();
      for (int i = 1; i <= 5; i++) others.add(event(i, fields));
      var event = event(0, fields);
      var engine = RuleEngine.getInstance();
      if (engine.evaluate(event, enrollment, others, context).size() <= RULES / 2)
        throw new IllegalStateException("too few rules apply");
      run(engine, event, enrollment, others, context, 3_000_000_000L);
      double best = Double.MAX_VALUE;
      for (int i = 0; i < 5; i++) best = Math.min(best, run(engine, event, enrollment, others, context, 700_000_000L));
      System.out.printf("full run, %d fields: %.0f%n", fields, best);
    }
  }

  private static double run(RuleEngine engine, RuleEvent event, RuleEnrollment enrollment, List<RuleEvent> others,
      RuleEngineContext context, long nanoseconds) {
    var threads = ManagementFactory.getThreadMXBean();
    long started = threads.getCurrentThreadCpuTime();
    long count = 0;
    long spent = 0;
    while (spent < nanoseconds) {
      engine.evaluate(event, enrollment, others, context);
      count++;
      spent = threads.getCurrentThreadCpuTime() - started;
    }
    return (double) spent / count;
  }
}
