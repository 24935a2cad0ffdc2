using Marathon.Gateway.Edge;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Access;

/// <summary>Logging in and out, and who one is.</summary>
internal static class LoginEndpoints
{
    public static void MapLogin(this WebApplication app)
    {
        app.MapPost("/login", LogInAsync);
        app.MapPost("/logout", async (HttpContext context, Sessions sessions) =>
        {
            await sessions.EndAsync(context, Caller.Of(context)!);
            return TypedResults.NoContent();
        });
        app.MapGet("/me", (HttpContext context) =>
        {
            var caller = Caller.Of(context)!;
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Ok(new LoggedIn(caller.Account.Name, caller.Account.Role.Name(), caller.ExpiresAt));
        });
    }

    private static async Task LogInAsync(HttpContext context, Credentials credentials, Logins logins, Sessions sessions)
    {
        // Somebody else's page must not log a visitor in, under a name that is not theirs, either.
        if (context.Request.IsOfAnotherSite())
        {
            await GatewayProblems.WriteCrossSiteAsync(context);
            return;
        }
        if (credentials.Wrong() is { Count: > 0 } wrong)
        {
            await Problems.Invalid(wrong).ExecuteAsync(context);
            return;
        }
        var (account, _, status) = await logins.CheckAsync(context, credentials.Name!, credentials.Password!);
        if (account is null)
        {
            await (status == StatusCodes.Status401Unauthorized ? GatewayProblems.WriteWrongLoginAsync(context) : GatewayProblems.WriteAsync(context, status));
            return;
        }
        var answer = new LoggedIn(account.Name, account.Role.Name(), default);
        if (context.Request.IsBrowser())
        {
            // No token in the answer: what a script cannot read it cannot lose.
            answer = answer with { ExpiresAt = await logins.StartAsync(context, account) };
        }
        else
        {
            var (token, expiresAt) = sessions.StartToken(account);
            answer = answer with { ExpiresAt = expiresAt, TokenType = "Bearer", AccessToken = token };
        }
        await TypedResults.Ok(answer).ExecuteAsync(context);
    }

    private sealed record Credentials(string? Name, string? Password)
    {
        public Dictionary<string, FormattableString> Wrong()
        {
            var errors = new Dictionary<string, FormattableString>();
            if (Name is not { Length: > 0 and <= 100 }) errors["name"] = $"is required, with at most {100} characters";
            if (Password is not { Length: > 0 and <= Passwords.Longest }) errors["password"] = $"is required, with at most {Passwords.Longest} characters";
            return errors;
        }
    }

    private sealed record LoggedIn(string Account, string Role, DateTimeOffset ExpiresAt, string? TokenType = null, string? AccessToken = null);
}
