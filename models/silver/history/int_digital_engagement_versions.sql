{{ version_index('digital_engagement', key='engagement_id') }}
