namespace SoundSearch.Tests.Engine.Kernels;

/// <summary>Every width that the kernels are compiled for, in lanes; .NET emulates what this machine lacks.</summary>
internal static class Widths
{
    public static readonly int[] All = [1, 4, 8, 16];
}
