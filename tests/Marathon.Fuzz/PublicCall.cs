using System.Text.Json;
using System.Text.RegularExpressions;
using Marathon.Gateway;
using Marathon.Gateway.Access;

namespace Marathon.Fuzz;

/// <summary>A call as an outsider knows it: from the gateway's table, and what the service's description says of its query and its body.</summary>
/// <param name="IsForEveryone">Nobody needs to log in for it.</param>
/// <param name="IsStream">Its answer has no end.</param>
/// <param name="Takes">What a body has to be.</param>
/// <param name="Query">Names of what can stand in the query.</param>
/// <param name="Body">The schema of its body, if it is known to have one.</param>
/// <param name="Schemas">What the schema refers to.</param>
internal sealed partial record PublicCall(string Method, string Path, bool IsForEveryone, bool IsStream, string Takes, IReadOnlyList<string> Query, JsonElement? Body, JsonElement Schemas)
{
    private static readonly string[] Lists = ["page", "size", "status"];

    /// <summary>All of them, so that a call which is new is fuzzed without anybody thinking of it.</summary>
    public static async Task<IReadOnlyList<PublicCall>> ReadAsync(HttpClient gateway)
    {
        var descriptions = new Dictionary<string, JsonElement>();
        foreach (var route in PublicApi.Routes.Where(route => route.IsDescription()))
            descriptions[route.Service] = JsonDocument.Parse(await gateway.GetStringAsync(new Uri(route.Path, UriKind.Relative))).RootElement;
        return [.. PublicApi.Routes.Select(route => Read(route, descriptions.GetValueOrDefault(route.Service)))];
    }

    /// <summary>Its path, each parameter given by <paramref name="value"/>.</summary>
    public string Fill(Func<string, string> value) => Parameter().Replace(Path, parameter => value(parameter.Groups[1].Value));

    private static PublicCall Read(PublicRoute route, JsonElement description)
    {
        var call = new PublicCall(
            route.Method == "*" ? "GET" : route.Method, route.Path, route.Who == Callers.Everyone, route.Seconds <= 0, route.Takes, Lists, null, default);
        if (description.ValueKind != JsonValueKind.Object) return call;
        call = call with { Schemas = description.TryGetProperty("components", out var components) && components.TryGetProperty("schemas", out var schemas) ? schemas : default };
        // The same path may name its parameters otherwise.
        var operation = description.GetProperty("paths").EnumerateObject()
            .Where(path => Anonymous(path.Name) == Anonymous(route.Path)).SelectMany(path => path.Value.EnumerateObject())
            .FirstOrDefault(operation => operation.Name.Equals(route.Method, StringComparison.OrdinalIgnoreCase)).Value;
        if (operation.ValueKind != JsonValueKind.Object) return call;
        return call with
        {
            Query = !operation.TryGetProperty("parameters", out var parameters) ? Lists : [.. Lists.Union(parameters.EnumerateArray()
                .Where(parameter => parameter.GetProperty("in").GetString() == "query").Select(parameter => parameter.GetProperty("name").GetString()!))],
            Body = operation.TryGetProperty("requestBody", out var body) && body.GetProperty("content").TryGetProperty("application/json", out var json) ? json.GetProperty("schema") : null,
        };
    }

    private static string Anonymous(string path) => Parameter().Replace(path, "{}");

    [GeneratedRegex(@"\{(\w+)[^}]*\}")]
    private static partial Regex Parameter();
}
