using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marathon.Chaos;

namespace Marathon.Fuzz;

/// <summary>Requests that are right, for any call that is described.</summary>
internal static class Samples
{
    private const string Form = "application/x-www-form-urlencoded";

    private static readonly string[] Login = ["name", "password"];

    public static RawRequest Of(PublicCall call, int number, Knowledge known, Random random)
    {
        var request = new RawRequest(number) { Method = call.Method, Story = { $"{call.Method} {call.Path}" } };
        request.Headers.AddRange([("Host", "localhost"), ("Connection", "close"), ("Accept", "application/json")]);
        var (ticket, race) = (known.AnyTicket(random), known.AnyRace(random));
        request.Path = call.Fill(name => name switch
        {
            "number" => ticket.Number,
            "raceId" => race.RaceId,
            "divisionId" => race.DivisionId,
            "service" => "dashboard",
            "id" when call.Path.StartsWith("/procurements", StringComparison.Ordinal) => known.AnyOrder(random),
            _ => "1",
        });
        if (call.Method == "GET" && random.Next(3) == 0) request.Query = "?" + string.Join('&', call.Query.Where(_ => random.Next(2) == 0).Select(name => name + "=1"));
        var token = call.Path is "/logout" or "/console/logout" ? known.Spare : call.IsForEveryone ? ticket.AccessKey : known.Tokens[random.Next(10) == 0 ? ^1 : 0];
        if (call.Path.Contains('{', StringComparison.Ordinal) || !call.IsForEveryone) request.Headers.Add(("Authorization", "Bearer " + token));
        if (call.Method == "POST" && random.Next(3) == 0) request.Headers.Add(("Idempotency-Key", $"fuzz-{number}"));

        // As a page of the gateway's own sends it; nobody else may.
        if (call.Takes == Form) request.Headers.Add(("Sec-Fetch-Site", "same-origin"));
        byte[]? body = call.Takes == "text/csv"
            ? System.Text.Encoding.UTF8.GetBytes($"number,carrier,trackingNumber\n{ticket.Number},Post,KR-{number}\n")
            : call.Takes == Form ? System.Text.Encoding.UTF8.GetBytes(Fields(number, ticket))
            : Body(call, number, ticket, race, random) is { } json ? JsonSerializer.SerializeToUtf8Bytes(json) : null;
        if (body is null) return request;
        request.Headers.Add(("Content-Type", call.Takes));
        request.Body = body;
        request.ContentLength = request.Body.Length.ToString(CultureInfo.InvariantCulture);
        return request;
    }

    /// <summary>What any of the forms may have in it; each takes what is its own.</summary>
    private static string Fields(int number, Ticket ticket)
    {
        var person = Planted.Number(number);
        (string Name, string Value)[] fields =
        [
            ("key", $"fuzzform{number}"), ("name", person.Name), ("phoneNo", person.PhoneNo), ("address", person.Address), ("topSize", "110"), ("bottomSize", "100"), ("amount", "20000"),
            ("token", "tok_visa"), ("number", ticket.Number), ("accessKey", ticket.AccessKey),
            ("do", "check-in"), ("item", "TOP"), ("size", "110"), ("kind", "RECEIVED"), ("quantity", "1"), ("note", "fuzz"),
        ];
        return string.Join('&', fields.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"));
    }

    private static JsonNode? Body(PublicCall call, int number, Ticket ticket, Race race, Random random)
    {
        var person = Planted.Number(number);
        // The only bodies that no service describes.
        if (call.Path == "/login") return new JsonObject(Login.Select(field => KeyValuePair.Create(field, (JsonNode?)JsonValue.Create(field == "name" ? person.Name : Planted.Password))));
        if (call.Path == "/session" && call.Method == "POST") return new JsonObject { ["number"] = ticket.Number, ["accessKey"] = ticket.AccessKey };
        if (call.Body is not { } schema) return call.Method == "GET" ? null : new JsonObject();
        var isDefaultRace = random.Next(2) == 0 && call.Path.StartsWith("/registrations", StringComparison.Ordinal);
        // An order is of these lines, or of what is needed; a dispatch of these kits, or of a race's.
        var leftOut = random.Next(2) == 0 ? (string[])["basis", "numbers"] : call.Path is "/procurements" ? ["lines"] : call.Path is "/deliveries/dispatch" ? ["raceId"] : [];
        return Value(schema, "", 0);

        JsonNode? Value(JsonElement schema, string field, int depth)
        {
            if (schema.TryGetProperty("$ref", out var reference)) schema = call.Schemas.GetProperty(reference.GetString()!.Split('/')[^1]);
            foreach (var choice in (string[])["oneOf", "anyOf"])
                if (schema.TryGetProperty(choice, out var choices))
                    return Value(choices.EnumerateArray().Last(one => !one.TryGetProperty("type", out var type) || type.ToString() != "null"), field, depth);
            if (Known(field, depth) is { } good) return good;
            var types = schema.TryGetProperty("type", out var named) ? named.ToString() : "object";
            if (types.Contains("object", StringComparison.Ordinal))
            {
                if (depth > 5 || !schema.TryGetProperty("properties", out var properties)) return new JsonObject();
                // A change need not be of everything, and what a race is paid back for is better left as it is.
                return new JsonObject(properties.EnumerateObject()
                    .Where(property => property.Name is not "refundTiers" && !leftOut.Contains(property.Name) && !(property.Name is "raceId" or "divisionId" && (isDefaultRace || depth > 1)))
                    .Where(_ => call.Method != "PATCH" || random.Next(2) == 0)
                    .Select(property => KeyValuePair.Create(property.Name, Value(property.Value, property.Name, depth + 1))));
            }
            if (types.Contains("array", StringComparison.Ordinal)) return new JsonArray(Value(schema.GetProperty("items"), field, depth + 1));
            if (types.Contains("integer", StringComparison.Ordinal) || types.Contains("number", StringComparison.Ordinal)) return 1;
            if (types.Contains("boolean", StringComparison.Ordinal)) return false;
            return "text";
        }

        JsonNode? Known(string field, int depth) => field switch
        {
            "name" => call.Path.StartsWith("/registrations", StringComparison.Ordinal) ? person.Name : $"Race {number}",
            "phoneNo" => person.PhoneNo,
            "address" => person.Address,
            "topSize" => "110",
            "bottomSize" => "100",
            "topSizes" when depth > 0 => new JsonArray("100", "105", "110"),
            "bottomSizes" when depth > 0 => new JsonArray("95", "100"),
            "amount" or "fee" => 20_000,
            "token" => "tok_visa",
            "raceId" => race.RaceId,
            "divisionId" => race.DivisionId,
            "item" => "TOP",
            "size" => "110",
            "quantity" => 3,
            "passed" => 2,
            "kind" => "RECEIVED",
            "basis" => "CAPACITY",
            "numbers" when depth > 0 => new JsonArray(ticket.Number),
            "condition" => "GOOD",
            "kitHandover" => "SHIPPING",
            "contactPhoneNo" => "02-123-4567",
            "language" => "ko",
            "dueDate" => "2031-01-01",
            "place" => "Seoul",
            "currency" => "KRW",
            "capacity" => 1000,
            "holdSeconds" => 600,
            "date" => DateTime.UtcNow.AddDays(100).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            "opensAt" => DateTime.UtcNow.AddDays(10).ToString("O", CultureInfo.InvariantCulture),
            "closesAt" => DateTime.UtcNow.AddDays(90).ToString("O", CultureInfo.InvariantCulture),
            _ => null,
        };
    }
}
