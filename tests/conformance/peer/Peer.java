import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * DHIS2's own libraries as the other side of the differential run: reads a JSON case a line, writes a JSON answer
 * a line, each at once. {@code java Peer kotlin|antlr|rules}.
 */
public final class Peer {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

  /** Some inputs keep the libraries busy for ever; a case that takes longer is answered as an error. */
  private static final long LIMIT_MS = 1500;

  private static final long STACK_BYTES = 8L << 20;

  public static void main(String[] args) throws IOException {
    Function<JsonObject, JsonObject> side =
        switch (args[0]) {
          case "kotlin" -> KotlinSide::answer;
          case "antlr" -> AntlrSide::answer;
          case "rules" -> RuleSide::answer;
          default -> throw new IllegalArgumentException("kotlin, antlr or rules");
        };
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(escaped(GSON.toJson(limited(side, JsonParser.parseString(line).getAsJsonObject()))));
    }
    System.exit(0);
  }

  @SuppressWarnings("removal")
  private static JsonObject limited(Function<JsonObject, JsonObject> side, JsonObject test) {
    JsonObject[] answer = {null};
    var thread = new Thread(null, () -> answer[0] = side.apply(test), "case", STACK_BYTES);
    thread.setDaemon(true);
    thread.start();
    try {
      thread.join(LIMIT_MS);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
    if (!thread.isAlive() && answer[0] != null) return answer[0];
    thread.stop();
    var late = new JsonObject();
    late.add("error", error("eval", "timeout", null));
    return late;
  }

  static JsonObject error(String stage, String kind, Throwable thrown) {
    if (thrown instanceof ThreadDeath death) throw death;
    var error = new JsonObject();
    error.addProperty("stage", stage);
    error.addProperty("kind", kind);
    error.addProperty("class", thrown == null ? "" : thrown.getClass().getSimpleName());
    error.addProperty("message", thrown == null ? "" : String.valueOf(thrown.getMessage()));
    return error;
  }

  /** Halves of surrogate pairs, which the libraries cut texts into, must survive on their way. */
  private static String escaped(String json) {
    var text = new StringBuilder();
    json.chars().forEach(unit -> {
      if (unit < 127) text.append((char) unit);
      else text.append(String.format("\\u%04x", unit));
    });
    return text.toString();
  }

  static JsonObject object(JsonObject from, String key) {
    return from.get(key) instanceof JsonObject found ? found : new JsonObject();
  }

  static List<JsonObject> objects(JsonObject from, String key) {
    List<JsonObject> all = new ArrayList<>();
    if (from.get(key) instanceof JsonArray array) array.forEach(one -> all.add(one.getAsJsonObject()));
    return all;
  }

  static String text(JsonElement value) {
    return value == null || value.isJsonNull() ? null : value.getAsString();
  }

  static String text(JsonObject from, String key) {
    return text(from.get(key));
  }

  static List<String> texts(JsonElement array) {
    List<String> all = new ArrayList<>();
    if (array instanceof JsonArray found) found.forEach(one -> all.add(text(one)));
    return all;
  }

  /** The members of an object, each read in the same way. */
  static <T> Map<String, T> members(JsonObject from, String key, Function<JsonElement, T> read) {
    Map<String, T> all = new HashMap<>();
    object(from, key).entrySet().forEach(member -> all.put(member.getKey(), read.apply(member.getValue())));
    return all;
  }
}
