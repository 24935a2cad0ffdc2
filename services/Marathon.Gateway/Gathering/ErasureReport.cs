using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Gathering;

/// <summary>
/// What each service still keeps of the person behind a registration, counted in its database when asked. A service that does not answer is named without a
/// count: nothing is claimed for it.
/// </summary>
internal static class ErasureReport
{
    public static void MapErasureReport(this WebApplication app) => app.MapGet("/registrations/{number}/erasure", GetAsync);

    private static async Task<IResult> GetAsync(string number, HttpContext context, IHttpClientFactory http)
    {
        var asked = await http.AskAsync(HttpMethod.Get, ServiceNames.Registration, $"/registrations/{Uri.EscapeDataString(number)}/erasure", context);
        if (asked.Status == StatusCodes.Status404NotFound) return Problems.NotFound("There is no registration with this number.");
        if (asked is not { Status: StatusCodes.Status200OK, Body: { } registration }) return SisterServices.Silent(ServiceNames.Registration);

        var id = registration["registrationId"]!.GetValue<Guid>();
        var services = await Task.WhenAll(ServiceNames.BehindGateway.Select(async service =>
            await http.AskAsync(HttpMethod.Get, service, $"/erasures/{id}", context) is { Status: StatusCodes.Status200OK, Body: { } report }
                ? new Answer(service, report["erasedAt"]?.GetValue<DateTimeOffset>(), report["remaining"]!.GetValue<long>())
                : new Answer(service, ErasedAt: null, Remaining: null)));
        return Results.Ok(new
        {
            number = registration["number"]!.GetValue<string>(), registrationId = id,
            // Everywhere: every service has heard of it, and nothing is left in any of them.
            complete = services.All(service => service is { ErasedAt: not null, Remaining: 0 }),
            services,
        });
    }

    private sealed record Answer(string Service, DateTimeOffset? ErasedAt, long? Remaining);
}
