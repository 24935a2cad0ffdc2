namespace Marathon.Dashboard.Web;

/// <summary>What browsers hold fields against as they are left. Looser than the owner of the field, who decides.</summary>
internal static class Patterns
{
    /// <summary>Eight to fifteen digits, as people write them.</summary>
    public const string PhoneNo = @"\+?(?:[0-9][\- ]*){8,15}";
}
