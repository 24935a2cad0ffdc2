namespace Marathon.Dashboard.Web;

/// <summary>What browsers hold fields against as they are left. Looser than the owner of the field, who decides.</summary>
internal static class Patterns
{
    /// <summary>Eight to fifteen digits, and around them whatever <see cref="ServiceDefaults.Values.PhoneNumber"/> reads over. Browsers want brackets in brackets escaped (RegExp, flag v).</summary>
    public const string PhoneNo = @" *\+?[\-. \(\)]*(?:[0-9][\-. \(\)]*){8,15}";
}
