using Marathon.ServiceDefaults.Http;

namespace Marathon.Dashboard.Web;

/// <summary>What the runners' pages say. Each language is a file, and the compiler misses what one of them lacks.</summary>
internal sealed partial record Words
{
    public static Words In(string language) => language == Languages.Korean ? Korean : English;

    public static Words Of(HttpRequest request) => In(Languages.Of(request));

    // Everywhere
    public required string TryAgain { get; init; }
    public required string Missing { get; init; }
    public required string PhoneNo { get; init; }
    public required string PhoneNoHint { get; init; }
    public required string NoPhoneNo { get; init; }
    public required string Number { get; init; }

    // Finding one's registration
    public required string Mine { get; init; }
    public required string NotOpenedHere { get; init; }
    public required string NotOpenedHereWhy { get; init; }
    public required string LinkSent { get; init; }
    public required string LinkSentWhat { get; init; }
    public required string OpenedHere { get; init; }
    public required string Forget { get; init; }
    public required string ByPhone { get; init; }
    public required string ByPhoneHow { get; init; }
    public required string SendLink { get; init; }
    public required string ByKey { get; init; }
    public required string ByKeyHow { get; init; }
    public required string NumberHint { get; init; }
    public required string AccessKey { get; init; }
    public required string OpenRegistration { get; init; }
    public required string WrongKey { get; init; }
}
