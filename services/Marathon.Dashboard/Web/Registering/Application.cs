using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Marathon.Web;

namespace Marathon.Dashboard.Web.Registering;

/// <summary>What has been filled in, kept from one showing of the form to the next. Nothing in it is believed: Registration decides.</summary>
public sealed record Application
{
    /// <summary>Under which it is one registration, however often it is sent: it is in the form's address, so that a second press, a reload, going back and trying again have the same.</summary>
    public string Key { get; init; } = NewKey();

    public string Name { get; init; } = "";
    public string PhoneNo { get; init; } = "";
    public string Address { get; init; } = "";
    public string TopSize { get; init; } = "";
    public string BottomSize { get; init; } = "";
    public string Token { get; init; } = "";

    /// <summary>The fee as the reader saw it: if it is another one by now, nothing is charged.</summary>
    public int? Amount { get; init; }

    /// <summary>The form with nothing in it yet, or nothing any more.</summary>
    public static Application Under(string? key) => key is { Length: > 0 and <= 100 } && key.All(char.IsAsciiLetterOrDigit) ? new() { Key = key } : new();

    public static Application Of(IFormCollection form, string? key) => Under(key) with
    {
        Name = form.Text("name"),
        PhoneNo = form.Text("phoneNo"),
        Address = form.Text("address"),
        TopSize = form.Text("topSize"),
        BottomSize = form.Text("bottomSize"),
        Token = form.Text("token"),
        Amount = int.TryParse(form.Text("amount"), CultureInfo.InvariantCulture, out var amount) ? amount : null,
    };

    /// <summary>The same, as a request of its own.</summary>
    public Application Anew() => this with { Key = NewKey() };

    /// <summary>The key as Registration gets it: another one in each browser, so that an address that is passed on leads nobody to somebody else's registration.</summary>
    public string KeyFor(string browser) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{browser} {Key}")));

    /// <summary>Where the form is, and is sent to.</summary>
    public string AddressOf(Guid raceId, Guid divisionId) => $"/register/{raceId}/{divisionId}?key={Key}";

    /// <summary>As <c>POST /registrations</c> takes it.</summary>
    public object Command(Guid raceId, Guid divisionId) => new
    {
        raceId, divisionId, Name, PhoneNo, Address, TopSize, BottomSize, Amount, payment = Token.Length > 0 ? new { Token } : null,
    };

    private static string NewKey() => Guid.NewGuid().ToString("N");
}
