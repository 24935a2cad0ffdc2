using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marathon.Notification.Application;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Mvc;
using static Marathon.ServiceDefaults.Http.Problems;

namespace Marathon.Notification.Adapters.Provider.Solapi;

/// <summary>What Solapi says by itself of messages. Who says it is known by the SHA-1 of a secret that both have, <c>X-Solapi-Secret</c>: so Solapi does it.</summary>
internal static class SolapiWebhook
{
    private const string Header = "X-Solapi-Secret";

    public static void MapSolapi(this IEndpointRouteBuilder app) => app.MapPost("/providers/solapi/reports", ReportAsync)
        .WithMetadata(new RequestSizeLimitAttribute(RequestLimits.ReportBytes))
        .WithSummary("Solapi says what became of messages. Said twice is the same as once, and of a message that is not ours nothing.");

    private static async Task<IResult> ReportAsync(HttpRequest request, IServiceProvider services, SettleMessages settle, CancellationToken cancellationToken)
    {
        // Not configured: there is nobody who could prove to be Solapi.
        var secret = services.GetService<SolapiOptions>()?.WebhookSecret ?? "";
        if (!IsRight(request.Headers[Header], secret)) return Problem(401, "wrong-signature", "The signature is missing, wrong or too old.");
        SolapiStatus[]? reports;
        try
        {
            reports = await request.ReadFromJsonAsync<SolapiStatus[]>(MarathonJson.Options, cancellationToken);
        }
        catch (JsonException)
        {
            reports = null;
        }
        if (reports is null || reports.Contains(null)) return Problem(400, "malformed", "The body is no list of reports.");
        Actor.Become("solapi");
        await settle.HandleAsync([.. reports.Where(report => report.CustomFields?.Id is not null && SolapiCodes.IsSettled(report.StatusCode))
            .Select(report => new SmsReport(report.CustomFields!.Id!.Value, SolapiCodes.Failure(report.StatusCode)))], cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Compares in constant time.</summary>
    private static bool IsRight(string? presented, string secret)
    {
        if (secret.Length == 0 || presented is null) return false;
#pragma warning disable CA5350 // Solapi's choice; what is hashed is a secret, not something to be told apart from another.
        var expected = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(secret)));
#pragma warning restore CA5350
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(presented.ToLowerInvariant()), Encoding.UTF8.GetBytes(expected));
    }
}
