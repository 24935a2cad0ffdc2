using System.Globalization;
using System.Text.Json.Nodes;
using Marathon.Gateway.Access;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using Marathon.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;

namespace Marathon.Gateway.Desks;

/// <summary>One look at a page of the console: who looks, what for, what was typed, and what came of it. Filters stand in the address, so a form sent from a page comes back to the same one.</summary>
public sealed class Visit(HttpContext context, IFormCollection? form = null)
{
    private const string DoneMark = "done", PageMark = "page", AskMark = "ask";

    private readonly Account account = Caller.Of(context)!.Account;
    private Reply? missing;

    /// <param name="context">The form's request.</param>
    /// <param name="path">Of the page that it stands in, where it was not sent to that.</param>
    public static async Task<Visit> OfFormAsync(HttpContext context, string? path = null) => new(context, await context.Request.FormAsync()) { Path = path ?? context.Request.Path };

    public string Language { get; } = Languages.Of(context.Request);

    public Words Words { get; } = new(Written.IsKorean(Languages.Of(context.Request)));

    public string Account => account.Name;

    internal Callers Role => account.Role;

    /// <summary>The page's address without its query; of a form that was sent elsewhere, that of its page.</summary>
    public string Path { get; init; } = context.Request.Path;

    public DateTimeOffset Now { get; } = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();

    /// <summary>In Korea, where the races are.</summary>
    public DateOnly Today => Korea.DayOf(Now);

    /// <summary>Of the list.</summary>
    public int Page => int.TryParse(this[PageMark], NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page > 0 ? page : 1;

    /// <summary>What the last form has done; null: nothing.</summary>
    public string? Done => form is null ? this[DoneMark] : null;

    /// <summary>What was not answered, or was refused.</summary>
    public List<Reply> Failed { get; } = [];

    /// <summary>What became of the form, when it was refused.</summary>
    public Reply? Refusal { get; private set; }

    /// <summary>A filter, from the address; null where it is empty.</summary>
    public string? this[string name] => context.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    /// <summary>This page with other filters; what is null is left out. From its first page on, unless that is among them.</summary>
    public string With(params ReadOnlySpan<(string Name, string? Value)> changed)
    {
        var query = context.Request.Query.Where(part => part.Key is not (DoneMark or PageMark or AskMark or "lang")).ToDictionary(part => part.Key, part => part.Value.ToString());
        foreach (var (name, value) in changed)
            if (value is null) query.Remove(name); else query[name] = value;
        return QueryHelpers.AddQueryString(Path, query.Where(part => part.Value is not "").ToDictionary(part => part.Key, part => (string?)part.Value));
    }

    /// <summary>Where this page's forms lead: to itself.</summary>
    public string Here => With((PageMark, this[PageMark]));

    /// <summary>This page, asking before something is done for good.</summary>
    public string Ask(string what) => With((PageMark, this[PageMark]), (AskMark, what));

    /// <summary>What is to be asked; null: nothing.</summary>
    public string? Asked => this[AskMark];

    /// <summary>The same page of the list, from another on.</summary>
    public string At(int page) => With((PageMark, page.ToString(CultureInfo.InvariantCulture)));

    public bool May(string method, string path) => context.May(method, path);

    // What was typed

    /// <summary>Without blanks around it; empty when it is not there.</summary>
    public string Text(string field) => form?[field].ToString().Trim() ?? "";

    /// <summary>Null where nothing was typed.</summary>
    public string? Some(string field) => Text(field) is { Length: > 0 } text ? text : null;

    /// <summary>Null when it is no number; then the owner says what it has to be.</summary>
    public int? Number(string field) => int.TryParse(Text(field).Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public DateOnly? Day(string field) => DateOnly.TryParseExact(Text(field), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    /// <summary>As browsers write it, in Korea's time.</summary>
    public DateTimeOffset? Instant(string field) =>
        DateTime.TryParse(Text(field), CultureInfo.InvariantCulture, DateTimeStyles.None, out var there) && there.Year is > 1 and < 9999 ? new DateTimeOffset(DateTime.SpecifyKind(there, DateTimeKind.Unspecified), Korea.Offset) : null;

    /// <summary>Under which a form may come twice and is done once: the same again where nobody knows what became of it.</summary>
    public string Key => Refusal is { Status: >= StatusCodes.Status500InternalServerError } && Some("key") is { } key ? key : Guid.NewGuid().ToString();

    public IReadOnlyList<string> All(string field) => [.. form?[field].OfType<string>() ?? []];

    /// <summary>What was typed into a field that was not taken; else what stands there anyway.</summary>
    public string? Kept(string field, string? otherwise = null) => Refusal is null ? otherwise : Text(field);

    /// <summary>What is wrong with a field; null when nothing is.</summary>
    public string? Error(string field) => Refusal?.Errors.GetValueOrDefault(field) is { } error ? this.Worded(error) : null;

    // What is asked and told

    /// <summary>Reads what the page shows; null, and told on the page, when that is not to be had.</summary>
    public async Task<T?> ReadAsync<T>(string path, string? address = null, params (string Name, string? Value)[] query) where T : class
    {
        var reply = await context.CallAsync("GET", path, QueryHelpers.AddQueryString(address ?? path, query.Where(part => part.Value is not null).ToDictionary(part => part.Name, part => part.Value)));
        var read = reply.As<T>();
        // Of another version, maybe: it is there, and says something else.
        if (read is null) Miss(reply.IsSuccess ? new Reply(reply.Service, StatusCodes.Status503ServiceUnavailable, null) : reply);
        return read;
    }

    /// <summary>As <see cref="ReadAsync"/>, of what need not be there.</summary>
    public async Task<T?> FindAsync<T>(string path, string address) where T : class
    {
        var reply = await context.CallAsync("GET", path, address);
        if (!reply.IsSuccess && reply.Status != StatusCodes.Status404NotFound) Miss(reply);
        return reply.As<T>();
    }

    /// <summary>As <see cref="FindAsync"/>, of what the page is not about: that it is missing is told, and the page goes on without it.</summary>
    public async Task<T?> FindAsideAsync<T>(string path, string address) where T : class
    {
        var reply = await context.CallAsync("GET", path, address);
        if (!reply.IsSuccess && reply.Status != StatusCodes.Status404NotFound) Fail(reply);
        return reply.As<T>();
    }

    private void Miss(Reply reply)
    {
        Fail(reply);
        Interlocked.CompareExchange(ref missing, reply, null);
    }

    /// <summary>Several are asked at once.</summary>
    private void Fail(Reply reply)
    {
        lock (Failed) Failed.Add(reply);
    }

    /// <summary>Does what the form says: <see cref="Calls.CallAsync"/>.</summary>
    public async Task<Reply> SendAsync(string method, string path, string? address = null, object? body = null, string? key = null, string? service = null)
    {
        var reply = await context.CallAsync(method, path, address, body, key, service);
        if (!reply.IsSuccess) Refusal = reply;
        return reply;
    }

    /// <summary>Refuses a form with which nobody need be bothered: 422.</summary>
    public Reply Refuse(string code) => Refusal = new Reply("gateway", StatusCodes.Status422UnprocessableEntity, new JsonObject { ["code"] = code });

    /// <summary>After the form: to be read, not to be sent again (RFC 9110, 303).</summary>
    public IResult Back(string done, string? path = null)
    {
        context.Response.Headers.Location = path is null ? With((PageMark, this[PageMark]), (DoneMark, done)) : QueryHelpers.AddQueryString(path, DoneMark, done);
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }

    /// <summary>The page, with the status of what went wrong.</summary>
    public IResult Show<TComponent>(params (string Name, object? Value)[] parameters) where TComponent : IComponent =>
        Wrong is { } wrong && !context.Request.WantsPage() ? ForPrograms(wrong) : new Page<TComponent>(parameters.Append(("Visit", this)).ToDictionary(parameter => parameter.Item1, parameter => parameter.Item2), Status);

    /// <summary>There is nothing at the address.</summary>
    public IResult NotThere()
    {
        if (Failed.Exists(reply => reply.Status != StatusCodes.Status404NotFound)) return Show<FailedPage>();
        return TypedResults.StatusCode(StatusCodes.Status404NotFound);
    }

    /// <summary>A refusal as it was told, or by its status.</summary>
    private IResult ForPrograms(Reply wrong)
    {
        wrong.PassOnRetryAfter(context.Response);
        return wrong.Code is not null ? Results.Json(wrong.Body, contentType: "application/problem+json", statusCode: wrong.Status) : Results.StatusCode(wrong.Status);
    }

    private Reply? Wrong => Refusal ?? missing;

    private int Status => Wrong is { } wrong ? wrong.Status : StatusCodes.Status200OK;
}
