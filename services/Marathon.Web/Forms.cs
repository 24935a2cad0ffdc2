using Microsoft.AspNetCore.Http;

namespace Marathon.Web;

/// <summary>Reading what a form in a page has sent.</summary>
public static class Forms
{
    /// <summary>What a form has sent; nothing where it has sent none.</summary>
    /// <exception cref="BadHttpRequestException">It cannot be read as a form: it has more fields than any of ours, or longer ones. To be answered 400.</exception>
    public static async Task<IFormCollection> FormAsync(this HttpRequest request)
    {
        if (!request.HasFormContentType) return FormCollection.Empty;
        try { return await request.ReadFormAsync(request.HttpContext.RequestAborted); }
        catch (InvalidDataException broken) { throw new BadHttpRequestException("the form has too many fields, or too long ones.", broken); }
    }

    /// <summary>What was written into a field, without blanks around it; empty when it is not there.</summary>
    public static string Text(this IFormCollection form, string field) => form[field].ToString().Trim();
}
