// What Kafka's StandardAuthorizer decides. Lines come from stdin, with tabs between the fields; the answer to each request is a line ALLOWED or DENIED.
//   set       ALLOW_EVERYONE_IF_NO_ACL_FOUND SUPER_USER;...               begins a new authorizer without rules
//   acl       TYPE NAME PATTERN PRINCIPAL HOST OPERATION PERMISSION       adds a rule to it
//   request   PRINCIPAL HOST OPERATION TYPE NAME                          may the principal do this?
//   somewhere PRINCIPAL HOST OPERATION TYPE                               may it do this to some resource of the type?
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.internals.SecurityUtils;
import org.apache.kafka.metadata.authorizer.StandardAcl;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;

class Authorize {
  public static void main(String[] args) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    StandardAuthorizer authorizer = null;
    for (var line = in.readLine(); line != null; line = in.readLine()) {
      var f = line.split("\t", -1);
      switch (f[0]) {
        case "set" -> {
          authorizer = new StandardAuthorizer();
          authorizer.configure(Map.of("node.id", "1", "allow.everyone.if.no.acl.found", f[1], "super.users", f[2]));
          authorizer.withPluginMetrics(new PluginMetricsImpl(new Metrics(), Map.of()));
          authorizer.completeInitialLoad();
        }
        case "acl" -> authorizer.addAcl(Uuid.randomUuid(), new StandardAcl(
            ResourceType.fromString(f[1]), f[2], PatternType.fromString(f[3]), f[4], f[5], AclOperation.fromString(f[6]), AclPermissionType.fromString(f[7])));
        case "request" -> {
          var resource = new ResourcePattern(ResourceType.fromString(f[4]), f[5], PatternType.LITERAL);
          var action = new Action(AclOperation.fromString(f[3]), resource, 1, false, false);
          out.println(authorizer.authorize(caller(f[1], f[2]), List.of(action)).get(0));
        }
        case "somewhere" ->
            out.println(authorizer.authorizeByResourceType(caller(f[1], f[2]), AclOperation.fromString(f[3]), ResourceType.fromString(f[4])));
        default -> throw new IllegalArgumentException(line);
      }
    }
    out.flush();
  }

  private static AuthorizableRequestContext caller(String principal, String host) throws Exception {
    var user = SecurityUtils.parseKafkaPrincipal(principal);
    var address = InetAddress.getByName(host);
    return (AuthorizableRequestContext) Proxy.newProxyInstance(
        Authorize.class.getClassLoader(), new Class<?>[] {AuthorizableRequestContext.class}, (proxy, method, arguments) -> switch (method.getName()) {
          case "principal" -> user;
          case "clientAddress" -> address;
          default -> throw new UnsupportedOperationException(method.getName());
        });
  }
}
