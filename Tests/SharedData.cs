namespace SoundSearch.Tests;

/// <summary>Larger data beside the checkout (../shared), which a clone need not have.</summary>
internal static class SharedData
{
    /// <summary>Path of a file there; the test is skipped, saying why, where it is absent.</summary>
    public static string Require(string name)
    {
        for (DirectoryInfo? folder = new(TestContext.CurrentContext.TestDirectory); folder != null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", name);
            if (Path.Exists(path))
            {
                return path;
            }
        }
        Assert.Ignore($"../shared/{name} is not on this machine");
        return "";
    }
}
