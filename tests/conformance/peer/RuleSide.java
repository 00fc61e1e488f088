import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hisp.dhis.rules.api.DataItem;
import org.hisp.dhis.rules.api.ItemValueType;
import org.hisp.dhis.rules.api.RuleEngine;
import org.hisp.dhis.rules.api.RuleEngineContext;
import org.hisp.dhis.rules.api.RuleSupplementaryData;
import org.hisp.dhis.rules.models.*;

/** Answers of rule-engine. The current day is written as {@code <TODAY>} in cases and answers. */
final class RuleSide {
  private static final String TODAY = "<TODAY>";

  /** What the library takes for an event without a date. */
  private static final long NO_DATE_MS = 3_093_527_980_800_000L;

  private RuleSide() {}

  static JsonObject answer(JsonObject test) {
    String day = LocalDate.now(ZoneOffset.UTC).toString();
    var answer = new JsonObject();
    try {
      run(parsed(test.toString().replace(TODAY, day)), answer);
    } catch (Throwable thrown) {
      answer = new JsonObject();
      answer.add("error", Peer.error("run", "crash", thrown));
    }
    var gson = new com.google.gson.GsonBuilder().serializeNulls().disableHtmlEscaping().create();
    return parsed(gson.toJson(answer).replace(day, TODAY));
  }

  private static JsonObject parsed(String json) {
    return com.google.gson.JsonParser.parseString(json).getAsJsonObject();
  }

  private static void run(JsonObject test, JsonObject answer) {
    var engine = RuleEngine.getInstance();
    String target = Peer.text(test, "target");
    if (target.equals("validate")) {
      check(engine, test, answer);
      return;
    }
    var events = Peer.objects(test, "events").stream().map(RuleSide::event).toList();
    var enrollment = enrollment(test.get("enrollment"));
    var context = context(test);
    switch (target) {
      case "event" -> {
        var event = event(test.getAsJsonObject("event"));
        answer.add("effects", effects(engine.evaluate(event, enrollment, events, context)));
      }
      case "enrollment" -> answer.add("effects", effects(engine.evaluate(enrollment, events, context)));
      case "all" -> {
        var all = new JsonArray();
        for (RuleEffects of : engine.evaluateAll(enrollment, events, context)) {
          var one = new JsonObject();
          one.addProperty("object", of.getTrackerObjectType().name());
          one.addProperty("uid", of.getTrackerObjectUid());
          one.add("effects", effects(of.getRuleEffects()));
          all.add(one);
        }
        answer.add("objects", all);
      }
      default -> throw new IllegalArgumentException(target);
    }
  }

  private static void check(RuleEngine engine, JsonObject test, JsonObject answer) {
    Map<String, DataItem> items = Peer.members(test, "dataItems", given -> {
      var item = given.getAsJsonObject();
      return new DataItem(Peer.text(item, "displayName"), ItemValueType.valueOf(Peer.text(item, "valueType")));
    });
    String expression = Peer.text(test, "expr");
    var found = "action".equals(Peer.text(test, "as"))
        ? engine.validateDataFieldExpression(expression, items)
        : engine.validate(expression, items);
    answer.addProperty("valid", found.getValid());
    answer.addProperty("description", found.getDescription());
    answer.addProperty("errorMessage", found.getErrorMessage());
  }

  private static RuleEngineContext context(JsonObject test) {
    var extra = Peer.object(test, "supplementary");
    var supplementary = new RuleSupplementaryData(
        Peer.texts(extra.get("userGroups")),
        Peer.texts(extra.get("userRoles")),
        Peer.members(extra, "orgUnitGroups", Peer::texts));
    return new RuleEngineContext(
        Peer.objects(test, "rules").stream().map(RuleSide::rule).toList(),
        Peer.objects(test, "variables").stream().map(RuleSide::variable).toList(),
        supplementary,
        Peer.members(test, "constants", Peer::text));
  }

  private static Rule rule(JsonObject given) {
    var actions = Peer.objects(given, "actions").stream()
        .map(action -> new RuleAction(
            Peer.text(action, "data"), Peer.text(action, "type"), Peer.members(action, "values", Peer::text)))
        .toList();
    String priority = Peer.text(given, "priority");
    return new Rule(
        Peer.text(given, "condition"), actions, Peer.text(given, "uid"), Peer.text(given, "name"),
        Peer.text(given, "programStage"), priority == null ? null : Integer.valueOf(priority));
  }

  private static RuleVariable variable(JsonObject given) {
    String name = Peer.text(given, "name");
    String field = orEmpty(Peer.text(given, "field"));
    boolean code = given.has("useCodeForOptionSet") && given.get("useCodeForOptionSet").getAsBoolean();
    List<Option> options = Peer.objects(given, "options").stream()
        .map(option -> new Option(Peer.text(option, "name"), Peer.text(option, "code")))
        .toList();
    var type = RuleValueType.valueOf(Peer.text(given, "fieldType"));
    return switch (Peer.text(given, "type")) {
      case "CALCULATED_VALUE" -> new RuleVariableCalculatedValue(name, code, options, field, type);
      case "TEI_ATTRIBUTE" -> new RuleVariableAttribute(name, code, options, field, type);
      case "DATAELEMENT_CURRENT_EVENT" -> new RuleVariableCurrentEvent(name, code, options, field, type);
      case "DATAELEMENT_PREVIOUS_EVENT" -> new RuleVariablePreviousEvent(name, code, options, field, type);
      case "DATAELEMENT_NEWEST_EVENT_PROGRAM" -> new RuleVariableNewestEvent(name, code, options, field, type);
      case "DATAELEMENT_NEWEST_EVENT_PROGRAM_STAGE" -> new RuleVariableNewestStageEvent(
          name, code, options, field, type, orEmpty(Peer.text(given, "programStage")));
      default -> throw new IllegalArgumentException("a variable's type");
    };
  }

  private static RuleEvent event(JsonObject given) {
    var values = Peer.objects(given, "dataValues").stream()
        .map(value -> new RuleDataValue(Peer.text(value, "dataElement"), Peer.text(value, "value")))
        .toList();
    String date = Peer.text(given, "eventDate");
    return new RuleEvent(
        Peer.text(given, "event"), Peer.text(given, "programStage"), orEmpty(Peer.text(given, "programStageName")),
        RuleEventStatus.valueOf(Peer.text(given, "status")),
        date == null ? new RuleInstant(NO_DATE_MS) : instant(date),
        instant(Peer.text(given, "createdDate")), day(given, "dueDate"), day(given, "completedDate"),
        Peer.text(given, "organisationUnit"), Peer.text(given, "organisationUnitCode"), values);
  }

  private static RuleEnrollment enrollment(JsonElement element) {
    if (!(element instanceof JsonObject given)) return null;
    var values = Peer.objects(given, "attributeValues").stream()
        .map(value -> new RuleAttributeValue(Peer.text(value, "attribute"), Peer.text(value, "value")))
        .toList();
    return new RuleEnrollment(
        Peer.text(given, "enrollment"), Peer.text(given, "programName"), day(given, "incidentDate"),
        day(given, "enrollmentDate"), RuleEnrollmentStatus.valueOf(Peer.text(given, "status")),
        Peer.text(given, "organisationUnit"), Peer.text(given, "organisationUnitCode"), values);
  }

  private static JsonArray effects(List<RuleEffect> all) {
    var written = new JsonArray();
    for (RuleEffect effect : all) {
      var one = new JsonObject();
      var action = effect.getRuleAction();
      one.addProperty("rule", effect.getRuleId());
      one.addProperty("type", action.getType());
      one.addProperty("actionData", action.getData());
      var values = new JsonObject();
      new TreeMap<>(action.getValues()).forEach(values::addProperty);
      one.add("values", values);
      one.addProperty("data", effect.getData());
      written.add(one);
    }
    return written;
  }

  private static RuleInstant instant(String text) {
    return new RuleInstant(Instant.parse(text.length() == 10 ? text + "T00:00:00Z" : text).toEpochMilli());
  }

  private static RuleLocalDate day(JsonObject given, String key) {
    String text = Peer.text(given, key);
    if (text == null) return null;
    var day = LocalDate.parse(text);
    return new RuleLocalDate(day.getYear(), day.getMonthValue(), day.getDayOfMonth());
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }
}
