namespace SoundSearch.Training.Tagger;

/// <summary>The tagger's buffers for one thread; they grow to the largest input seen.</summary>
public sealed unsafe class TaggerWorkspace
{
    private float[] memory = [];

    internal float* Take(int floats)
    {
        if (memory.Length < floats + 16)
        {
            memory = GC.AllocateUninitializedArray<float>(floats + 16, pinned: true);
        }
        fixed (float* start = memory)
        {
            return (float*)(((nint)start + 63) & ~63); // pinned for its whole life, so the pointer stays good
        }
    }
}
