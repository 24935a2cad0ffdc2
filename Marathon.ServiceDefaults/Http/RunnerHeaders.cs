namespace Marathon.ServiceDefaults.Http;

/// <summary>
/// What the gateway and a service that answers pages tell each other of the registrations that a browser has opened. Neither comes from outside or leaves for it.
/// </summary>
public static class RunnerHeaders
{
    /// <summary>Of a service's answer to a form: number and access key, with a blank between them, of a registration that the browser may open from now on.</summary>
    public const string Opens = "X-Marathon-Opens";

    /// <summary>Of a request for the page that lists them: their numbers, the last opened first.</summary>
    public const string Opened = "X-Marathon-Opened";

    /// <summary>Of a registration's form, and of the request for it: the browser that it is in. None where that keeps no cookie.</summary>
    public const string Browser = "X-Marathon-Browser";
}
