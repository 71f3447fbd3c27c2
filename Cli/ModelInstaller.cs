using SoundSearch.Engine.Models;

namespace SoundSearch.Cli;

/// <summary>Puts model folders where the program finds them, whole or not at all, and takes them away.</summary>
internal static class ModelInstaller
{
    /// <exception cref="UsageException">The name is none for a folder, belongs to a model that came with the program, or is taken.</exception>
    public static void Check(string name, bool replace)
    {
        if (name.Length is 0 or > 100 || name.StartsWith('.') || name.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0 || name.IndexOfAny(['/', '\\', ':']) >= 0)
        {
            throw new UsageException($"'{name}' is no name for a model: it is to be the name of a folder, without a leading dot.");
        }
        if (Directory.Exists(Path.Combine(ModelLocation.Shipped, name)))
        {
            throw new UsageException($"'{name}' came with the program: choose another name with --name.");
        }
        if (Directory.Exists(Folder(name)) && !replace)
        {
            throw new UsageException($"there is a model '{name}' already, in {Folder(name)}: choose another name with --name, or replace it with --force.");
        }
    }

    /// <summary>Writes the model beside the others under a hidden name, then renames it.</summary>
    public static string Install(string name, ModelContents contents, bool replace)
    {
        Check(name, replace);
        string folder = Folder(name);
        string made = Hidden(name, "new"), old = Hidden(name, "old");
        try
        {
            ModelFolder.Save(made, contents);
            if (replace && Directory.Exists(folder))
            {
                Directory.Move(folder, old);
            }
            Directory.Move(made, folder);
        }
        catch
        {
            // The model that was there comes back.
            if (Directory.Exists(old) && !Directory.Exists(folder))
            {
                Directory.Move(old, folder);
            }
            throw;
        }
        finally
        {
            Remove(made);
            Remove(old);
        }
        return folder;
    }

    /// <summary>Removes a model that the user added, and says where it was.</summary>
    /// <exception cref="UsageException">There is none of that name among those.</exception>
    public static string Uninstall(string name)
    {
        if (Directory.Exists(Path.Combine(ModelLocation.Shipped, name)) && !Directory.Exists(Folder(name)))
        {
            throw new UsageException($"'{name}' came with the program and stays.");
        }
        string folder = Folder(name);
        if (Path.GetFileName(name) != name || !File.Exists(Path.Combine(folder, ModelFolder.DescriptionName)))
        {
            throw new UsageException($"no model '{name}' in {ModelLocation.Added}. 'soundsearch model list' shows what is installed.");
        }
        // First out of sight, so that what is interrupted is not half a model.
        string gone = Hidden(name, "old");
        Directory.Move(folder, gone);
        Remove(gone);
        return folder;
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Folder(string name) => Path.Combine(ModelLocation.Added, name);

    private static string Hidden(string name, string why) => Path.Combine(ModelLocation.Added, $".{name}.{why}-{Guid.NewGuid():N}");
}
