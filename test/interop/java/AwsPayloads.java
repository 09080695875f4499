import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.msk.auth.iam.internals.AWS4SignedPayloadGenerator;
import software.amazon.msk.auth.iam.internals.AuthenticationRequestParams;
import software.amazon.msk.auth.iam.internals.UserAgentUtils;

/**
 * The messages of AWS_MSK_IAM by AWS's own library: reads a line of JSON for each, and prints its bytes as they are.
 * The library reads the system's clock, so that the time of a message is the one in it.
 */
final class AwsPayloads {
  static void print() throws Exception {
    ObjectMapper json = new ObjectMapper();
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode asked = json.readTree(line);
      String id = asked.get("accessKeyId").asText();
      String secret = asked.get("secretAccessKey").asText();
      AwsCredentials credentials =
          asked.has("sessionToken")
              ? AwsSessionCredentials.create(id, secret, asked.get("sessionToken").asText())
              : AwsBasicCredentials.create(id, secret);
      String agent = asked.has("userAgent") ? asked.get("userAgent").asText() : UserAgentUtils.getUserAgentValue();
      byte[] payload =
          new AWS4SignedPayloadGenerator()
              .signedPayload(AuthenticationRequestParams.create(asked.get("host").asText(), credentials, agent));
      out.println(new String(payload, StandardCharsets.UTF_8));
    }
  }

  private AwsPayloads() {}
}
