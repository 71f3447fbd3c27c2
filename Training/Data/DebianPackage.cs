namespace SoundSearch.Training.Data;

/// <summary>A Debian data package that was looked through.</summary>
/// <param name="Name">Package.</param>
/// <param name="Version">Version of the file that was used.</param>
/// <param name="What">What it holds, from the list of packages.</param>
/// <param name="Licences">Short names of the licences in its copyright file, in order of appearance.</param>
/// <param name="Sounds">Sounds taken.</param>
/// <param name="Skipped">Sounds left out as speech.</param>
public sealed record DebianPackage(string Name, string Version, string What, string Licences, int Sounds, int Skipped);
