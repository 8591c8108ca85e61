{# A set of bands of the seed ref_bands: a list of {name, from} in ascending order. #}
{% macro bands(band_set) -%}
    {{ return(_of_reference(reference_bands(), band_set, 'ref_bands')) }}
{%- endmacro %}

{# A list of the seed ref_lists, in its order. #}
{% macro listed(list_name) -%}
    {{ return(_of_reference(reference_lists(), list_name, 'ref_lists')) }}
{%- endmacro %}

{% macro _of_reference(sets, name, seed) -%}
    {%- if name not in sets -%}
        {%- do exceptions.raise_compiler_error(
            seed ~ " has no '" ~ name ~ "': it has " ~ sets | join(', ') ~ "."
        ) -%}
    {%- endif -%}
    {{ return(sets[name]) }}
{%- endmacro %}
