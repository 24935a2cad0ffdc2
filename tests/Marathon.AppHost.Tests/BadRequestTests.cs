using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Marathon.AppHost.Tests;

/// <summary>Whatever is sent, the caller is told what is wrong with it, and nothing is stored.</summary>
[Collection(WholeSystem.Name)]
public sealed class BadRequestTests(MarathonApplication marathon)
{
    private Visitor Visitor => marathon.Visitor;

    [Theory]
    [InlineData("{}", "name", "phoneNo", "address", "topSize", "bottomSize")]
    [InlineData("""{"name":"","phoneNo":" ","address":null,"topSize":"110","bottomSize":"100"}""", "name", "phoneNo", "address")]
    [InlineData("""{"name":5}""", "name")]
    [InlineData("""{"name":["HJK1"]}""", "name")]
    [InlineData("""{"name":{"first":"HJ"}}""", "name")]
    [InlineData("""{"amount":"20000"}""", "amount")]
    [InlineData("""{"amount":20000.5}""", "amount")]
    [InlineData("""{"amount":99999999999}""", "amount")]
    [InlineData("""{"payment":"tok"}""", "payment")]
    [InlineData("""{"payment":{"token":5}}""", "payment.token")]
    [InlineData("""{"raceId":"the big one"}""", "raceId")]
    public async Task Register_WhenFieldsAreMissingOrOfTheWrongType_NamesThem(string body, params string[] fields) =>
        await RefusesAsync(Raw(body), HttpStatusCode.UnprocessableEntity, "invalid", fields);

    [Theory]
    [InlineData("name", 51)]
    [InlineData("phoneNo", 21)]
    [InlineData("address", 201)]
    [InlineData("topSize", 100_00)]
    [InlineData("payment.token", 201)]
    public async Task Register_WhenAFieldIsTooLong_NamesIt(string field, int length)
    {
        var text = new string('1', length);
        await RefusesAsync(field == "payment.token" ? With("payment", new { token = text }) : With(field, text), HttpStatusCode.UnprocessableEntity, "invalid", field);
    }

    [Theory]
    [InlineData("amount", 19999)]
    [InlineData("amount", 0)]
    [InlineData("amount", -20000)]
    [InlineData("raceId", "0193a5a0-0000-7000-8000-00000000ffff")]
    [InlineData("divisionId", "0193a5a0-0000-7000-8000-00000000ffff")]
    [InlineData("topSize", "XXL")]
    [InlineData("bottomSize", "120")]
    [InlineData("phoneNo", "call me")]
    [InlineData("phoneNo", "010-1")]
    [InlineData("name", "HJK\n1")]
    [InlineData("address", "경기도\u0000성남시")]
    [InlineData("payment.token", "tok\u0000")]
    public async Task Register_WhenAFieldIsWrong_NamesIt(string field, object value) => await RefusesAsync(
        field == "payment.token" ? With("payment", new { token = value }) : With(field, value), HttpStatusCode.UnprocessableEntity, "invalid", field);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("name=HJK1")]
    [InlineData("<registration/>")]
    [InlineData("{")]
    [InlineData("""{"name":"HJK1""")]
    [InlineData("""{"name":"HJK1"} and more""")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("""{"name":"\ud800"}""")]
    public async Task Register_WhenTheBodyIsNoJsonObject_IsRefused(string body)
    {
        var answer = await RefusesAsync(Raw(body));
        Assert.Contains((answer.Status, answer.Code), ((HttpStatusCode, string?)[])[(HttpStatusCode.BadRequest, "malformed"), (HttpStatusCode.UnprocessableEntity, "invalid")]);
    }

    [Fact]
    public async Task Register_WhenTheBodyIsNotUtf8_IsRefused()
    {
        var content = new ByteArrayContent([.. "{\"name\":\""u8, 0xFF, 0xFE, 0xC3, .. "\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        await RefusesAsync(content);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(10_000_000)]
    public async Task Register_WhenTheBodyIsTooLarge_IsRefused(int bytes)
    {
        var content = Raw("{\"name\":\"" + new string('x', bytes) + "\"}");
        // Asks first, as curl does with a large body: who does not may find the connection closed before it can read the answer.
        var answer = await RefusesAsync(content, asksFirst: true);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "too-large"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData(null)]
    public async Task Register_WhenTheContentTypeIsNotJson_IsRefused(string? contentType)
    {
        var content = Visitor.Json(Visitor.Runner());
        content.Headers.Remove("Content-Type");
        if (contentType is not null) content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        await RefusesAsync(content, HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Theory]
    [InlineData("two words")]
    [InlineData(201)]
    public async Task Register_WhenTheIdempotencyKeyIsWrong_NamesIt(object key) => await RefusesAsync(
        Visitor.Json(Visitor.Runner()), HttpStatusCode.UnprocessableEntity, "invalid", ["Idempotency-Key"], idempotencyKey: key as string ?? new string('k', (int)key));

    private async Task RefusesAsync(HttpContent content, HttpStatusCode status, string code, params string[] fields) =>
        await RefusesAsync(content, status, code, fields, idempotencyKey: null);

    private async Task RefusesAsync(HttpContent content, HttpStatusCode status, string code, string[] fields, string? idempotencyKey)
    {
        var answer = await RefusesAsync(content, idempotencyKey);
        Assert.True((status, code) == (answer.Status, answer.Code), $"{(int)answer.Status} {answer.Text}");
        if (fields.Length == 0) return;
        var errors = answer.Body.GetProperty("errors");
        var named = errors.EnumerateObject().Select(error => error.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Assert.All(fields, field => Assert.True(named.Contains(field), $"{field} is not named: {answer.Text}"));
        Assert.All(errors.EnumerateObject(), error => Assert.NotEmpty(error.Value.GetString()!));
    }

    /// <summary>A problem with a code; nothing stored, no place taken.</summary>
    private async Task<Answer> RefusesAsync(HttpContent content, string? idempotencyKey = null, bool asksFirst = false)
    {
        var before = await marathon.Books.CountAsync();
        var answer = await Visitor.SendAsync(HttpMethod.Post, "/registrations", content, idempotencyKey: idempotencyKey, asksFirst: asksFirst);
        Assert.InRange((int)answer.Status, 400, 499);
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Equal((int)answer.Status, answer.Body.GetProperty("status").GetInt32());
        Assert.NotEmpty(answer.Code!);
        Assert.NotEmpty(answer.Body.GetProperty("detail").GetString()!);
        Assert.DoesNotContain("Exception", answer.Text, StringComparison.Ordinal);
        Assert.Equal(before, await marathon.Books.CountAsync());
        await Eventually.TrueAsync(async () => await Visitor.PlacesAsync() is var (remaining, capacity) && remaining == capacity - before.Taken);
        return answer;
    }

    private static StringContent Raw(string body) => new(body, Encoding.UTF8, "application/json");

    private static HttpContent With(string field, object value) => Visitor.Json(new Dictionary<string, object?>(Visitor.Runner()) { [field] = value });
}
